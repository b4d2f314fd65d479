// Structured types without inner items: uuid, bytea, bit strings, network and MAC addresses.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/structure.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr char hex[] = "0123456789abcdef";
constexpr double most_bytes = 1 << 20;

void draw_hex(size_t digits, Stream &random, std::string &out) {
  uint64_t bits = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = random.next();
    out += hex[bits & 15];
    bits >>= 4;
  }
}

void draw_uuid(Stream &random, std::string &out) {
  draw_hex(32, random, out);
  out[12] = '4';
  out[16] = "89ab"[random.below(4)];
  for (size_t at : {20u, 16u, 12u, 8u}) out.insert(at, 1, '-');
}

NumberLimits length_limits(double high) {
  NumberLimits limits;
  limits.integral = true;
  limits.unit = 1;
  limits.low = 0;
  limits.high = high;
  return limits;
}

void learn_lengths(Structure &structure, const std::vector<TextSample> &samples, uint32_t threshold) {
  std::vector<Observation> lengths;
  bool bytes = structure.syntax == Syntax::Bytea;
  for (const TextSample &sample : samples) {
    size_t n = sample.text.size();
    lengths.push_back({static_cast<double>(bytes ? (n > 2 ? n - 2 : 0) / 2 : n), sample.entity});
  }
  structure.length = learn_slot(lengths, length_limits(most_bytes), threshold);
}

// Share of ones by position, where enough entities have either.
void learn_ones(Structure &structure, const std::vector<TextSample> &samples, uint32_t threshold) {
  std::vector<std::pair<Support, Support>> counts;
  for (const TextSample &sample : samples)
    for (size_t i = 0; i < std::min<size_t>(sample.text.size(), 1024); ++i) {
      if (i >= counts.size()) counts.emplace_back();
      (sample.text[i] == '1' ? counts[i].first : counts[i].second).add(sample.entity);
    }
  for (const auto &[one, zero] : counts) {
    double share = static_cast<double>(one.rows) / (one.rows + zero.rows);
    if (one.entities < threshold) share = zero.entities < threshold ? 0.5 : 0;
    if (zero.entities < threshold && one.entities >= threshold) share = 1;
    structure.ones.push_back(share);
  }
}

// The leading part that says whose network or maker it is: two numbers of an IPv4 address, three bytes of a MAC address.
std::string_view prefix_of(Syntax syntax, std::string_view text) {
  if (syntax == Syntax::Mac) return text.substr(0, std::min<size_t>(8, text.size()));
  size_t dot = text.find('.');
  dot = dot == std::string_view::npos ? dot : text.find('.', dot + 1);
  return dot == std::string_view::npos ? std::string_view() : text.substr(0, dot);
}

void learn_network(Structure &structure, const std::vector<TextSample> &samples, uint32_t threshold) {
  std::map<std::string_view, Support> prefixes;
  std::map<uint32_t, Support> masks;
  size_t version6 = 0;
  for (const TextSample &sample : samples) {
    if (structure.syntax != Syntax::Mac && sample.text.find(':') != std::string_view::npos) {
      ++version6;
      continue;
    }
    prefixes[prefix_of(structure.syntax, sample.text)].add(sample.entity);
    size_t slash = sample.text.find('/');
    uint32_t mask =
        slash == std::string_view::npos ? 0 : static_cast<uint32_t>(std::atoi(std::string(sample.text.substr(slash + 1)).c_str()));
    masks[mask].add(sample.entity);
  }
  for (auto &[prefix, support] : prefixes) {
    if (support.entities >= threshold && !prefix.empty())
      structure.prefixes.add(std::string(prefix), support.rows);
    else
      structure.fresh += support.rows;
  }
  for (auto &[mask, support] : masks)
    if (support.entities >= threshold) structure.masks.add(mask, support.rows);
  structure.version6 = samples.empty() ? 0 : static_cast<double>(version6) / static_cast<double>(samples.size());
}

bool shared_prefix(const Structure &structure, int widen, Stream &random) {
  return !structure.prefixes.empty() && widen < 5 &&
         random.below(structure.prefixes.total() + structure.fresh) < structure.prefixes.total();
}

void draw_mac(const Structure &structure, const Column &column, int widen, Stream &random, std::string &out) {
  out = shared_prefix(structure, widen, random) ? structure.prefixes.draw(random) : "02";
  size_t bytes = column.base_oid == 774 ? 8 : 6;
  while (out.size() < bytes * 3 - 1) {
    out += ':';
    draw_hex(2, random, out);
  }
}

// 2001:db8::/32 is set aside for documentation: such an address is nobody's.
void draw_version6(const Structure &structure, Stream &random, std::string &out) {
  out = "2001:db8";
  for (int i = 0; i < (structure.syntax == Syntax::Cidr ? 2 : 6); ++i) {
    out += ':';
    out += hex[1 + random.below(15)];
    draw_hex(3, random, out);
  }
  if (structure.syntax == Syntax::Cidr) out += "::/64";
}

void draw_version4(const Structure &structure, int widen, Stream &random, std::string &out) {
  uint32_t octets[4];
  for (uint32_t &octet : octets) octet = static_cast<uint32_t>(1 + random.below(254));
  octets[0] = static_cast<uint32_t>(1 + random.below(223));
  if (shared_prefix(structure, widen, random)) {
    const std::string &prefix = structure.prefixes.draw(random);
    octets[0] = static_cast<uint32_t>(std::atoi(prefix.c_str())) & 255;
    octets[1] = static_cast<uint32_t>(std::atoi(prefix.c_str() + prefix.find('.') + 1)) & 255;
  }
  uint32_t mask = structure.masks.empty() ? 0 : structure.masks.draw(random);
  bool cidr = structure.syntax == Syntax::Cidr;
  if (cidr && mask == 0) mask = 24;
  if (cidr && widen >= 5) mask = 32;
  mask = std::min(mask, 32u);
  uint32_t address = octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3];
  if (cidr) address &= 0xFFFFFFFFu << (32 - mask);
  out.clear();
  for (int shift = 24; shift >= 0; shift -= 8) out += std::to_string(address >> shift & 255) + (shift ? "." : "");
  if (mask > 0) out += "/" + std::to_string(mask);
}

void draw_bits(const Structure &structure, const Column &column, int widen, Stream &random, std::string &out) {
  bool fixed = column.base_oid == 1560 && column.max_length > 0;
  size_t length =
      fixed ? static_cast<size_t>(column.max_length) : static_cast<size_t>(std::max(0.0, draw_slot(structure.length, widen, random)));
  if (column.max_length > 0) length = std::min(length, static_cast<size_t>(column.max_length));
  for (size_t i = 0; i < length; ++i) {
    double share = i < structure.ones.size() && widen < 3 ? structure.ones[i] : 0.5;
    out += random.uniform() < share ? '1' : '0';
  }
}

}  // namespace

bool is_binary(Syntax syntax) { return syntax >= Syntax::Uuid; }

void learn_binary(Structure &structure, const Column &, const std::vector<TextSample> &samples, uint32_t threshold) {
  if (structure.syntax == Syntax::Bytea || structure.syntax == Syntax::Bit) learn_lengths(structure, samples, threshold);
  if (structure.syntax == Syntax::Bit) learn_ones(structure, samples, threshold);
  if (structure.syntax >= Syntax::Inet) learn_network(structure, samples, threshold);
}

void draw_binary(const Structure &structure, const Column &column, int widen, Stream &random, std::string &out) {
  out.clear();
  switch (structure.syntax) {
    case Syntax::Uuid: draw_uuid(random, out); break;
    case Syntax::Bytea: {
      double bytes = std::clamp(draw_slot(structure.length, 0, random) + (widen >= 3 ? widen : 0), 0.0, most_bytes);
      out = "\\x";
      draw_hex(2 * static_cast<size_t>(bytes), random, out);
      break;
    }
    case Syntax::Bit: draw_bits(structure, column, widen, random, out); break;
    case Syntax::Mac: draw_mac(structure, column, widen, random, out); break;
    default:
      if (random.uniform() < structure.version6)
        draw_version6(structure, random, out);
      else
        draw_version4(structure, widen, random, out);
  }
}

}  // namespace relsynth::core
