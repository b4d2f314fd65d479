// Draws structured text from learned fields and prints it in the grammar of its type.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/structure.h"

namespace relsynth::core {

namespace {

constexpr int widest_slot = 12;  // farther out a type's range may end

class Printer {
 public:
  Printer(const Structure &structure, const Column &column, int widen, Stream &random)
      : structure_(structure), column_(column), widen_(widen), random_(random) {}

  std::string root(int index) {
    const Field &f = field(index);
    switch (structure_.syntax) {
      case Syntax::Array: return array(f, 0);
      case Syntax::Hstore: return hstore(f);
      case Syntax::Vector: return vector(f);
      case Syntax::Query: return query(f);
      case Syntax::Points: return points(f);
      case Syntax::Multirange: return multirange(f);
      case Syntax::Json: return json(f);
      case Syntax::Range: return range(f);
      case Syntax::Row: return row(f);
      default: return flat(f);
    }
  }

 private:
  const Field &field(int index) const {
    static const Field none;
    return index < 0 ? none : structure_.fields[static_cast<size_t>(index)];
  }

  ItemKind kind(const Field &f) { return f.kinds.empty() ? ItemKind::Null : static_cast<ItemKind>(f.kinds.draw(random_)); }

  size_t length(const Field &f) {
    double n = draw_slot(f.length, 0, random_) + std::max(0, std::min(widen_, 40) - 4);
    return f.element < 0 ? 0 : static_cast<size_t>(std::clamp(n, 0.0, 10000.0));
  }

  std::string word(const Field &f) {
    uint64_t total = f.words.total() + f.fresh;
    if (total == 0) return "";
    if (!f.words.empty() && random_.below(total) < f.words.total() && (widen_ < 3 || f.fresh == 0)) return f.words.draw(random_);
    std::string text;
    if (f.shapes && !f.shapes->marginal.empty())
      draw_text(*f.shapes, static_cast<int>(f.shapes->marginal.draw(random_)), {0, widen_}, random_, text);
    else
      draw_word({}, 5, true, false, random_, text);
    if (column_.cls == TypeClass::Array && column_.max_length > 0) truncate_characters(text, static_cast<size_t>(column_.max_length));
    return text;
  }

  // Text of an item that is not a container; Null gives nothing.
  std::string atom(const Field &f, ItemKind k) {
    switch (k) {
      case ItemKind::True: return "true";
      case ItemKind::False: return "false";
      case ItemKind::Number: return print_number(draw_slot(f.number, widen_, random_), f.number.limits.decimals);
      case ItemKind::Date: return print_date(draw_slot(f.date, widen_, random_));
      case ItemKind::Time: return print_time(draw_slot(f.time, widen_ ? 1 : 0, random_));
      case ItemKind::Stamp: return print_stamp(draw_slot(f.stamp, widen_, random_), f.stamp_forms.draw(random_));
      case ItemKind::Word: return word(f);
      default: return "";
    }
  }

  // A container or atom inside an array, row or range.
  std::string inner(const Field &f, ItemKind k) {
    if (k == ItemKind::Range) return range(f);
    if (k == ItemKind::Row) return row(f);
    if (k == ItemKind::Object) return json_object(f);
    return atom(f, k);
  }

  static std::string escaped(const std::string &text, char quote, bool doubled) {
    std::string out(1, quote);
    for (char c : text) {
      if (c == '\\') out += '\\';
      if (c == quote) out += doubled ? quote : '\\';
      out += c;
    }
    return out + quote;
  }

  static std::string json_string(const std::string &text) {
    static constexpr char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      if (static_cast<unsigned char>(c) < 0x20)
        out += c == '\n' ? std::string("\\n") : c == '\t' ? std::string("\\t") : std::string("\\u00") + hex[c >> 4] + hex[c & 15];
      else
        out += c;
    }
    return out + "\"";
  }

  std::string json(const Field &f) {
    ItemKind k = kind(f);
    if (k == ItemKind::Null) return "null";
    if (k == ItemKind::Object) return json_object(f);
    if (k == ItemKind::List) {
      std::string out = "[";
      size_t n = length(f);
      for (size_t i = 0; i < n; ++i) out += (i ? ", " : "") + json(field(f.element));
      return out + "]";
    }
    bool bare = k == ItemKind::True || k == ItemKind::False || k == ItemKind::Number;
    return bare ? atom(f, k) : json_string(atom(f, k));
  }

  std::string json_object(const Field &f) {
    std::string out = "{";
    for (size_t i = 0; i < f.keys.size(); ++i) {
      if (random_.uniform() >= f.presence[i]) continue;
      out += (out.size() > 1 ? ", " : "") + json_string(f.keys[i]) + ": " + json(field(f.children[i]));
    }
    return out + "}";
  }

  // All lists of one depth have one length: the server takes no ragged arrays.
  std::string array(const Field &f, size_t depth) {
    if (depth >= lengths_.size()) lengths_.push_back(std::max<size_t>(length(f), depth > 0));
    const Field &elements = field(f.element);
    bool nested = std::find(elements.kinds.items.begin(), elements.kinds.items.end(), static_cast<uint8_t>(ItemKind::List)) !=
                  elements.kinds.items.end();
    std::string out = "{";
    for (size_t i = 0; i < lengths_[depth]; ++i) {
      if (i) out += ',';
      if (nested && depth < 5) {
        out += array(elements, depth + 1);
        continue;
      }
      ItemKind k = kind(elements);
      std::string text = inner(elements, k);
      bool plain = !text.empty() && text.find_first_of("{},\"\\ \t\n\r\v\f;") == std::string::npos && !null_word(text);
      out += k == ItemKind::Null ? "NULL" : plain ? text : escaped(text, '"', false);
    }
    return out + "}";
  }

  static bool null_word(const std::string &text) {
    return text.size() == 4 && (text[0] | 32) == 'n' && (text[1] | 32) == 'u' && (text[2] | 32) == 'l' && (text[3] | 32) == 'l';
  }

  std::string row(const Field &f) {
    std::string out = "(";
    for (size_t i = 0; i < f.children.size(); ++i) {
      if (i) out += ',';
      const Field &part = field(f.children[i]);
      ItemKind k = kind(part);
      if (k != ItemKind::Null) out += bound(inner(part, k));
    }
    return out + ")";
  }

  static std::string bound(const std::string &text) {
    bool plain = !text.empty() && text.find_first_of("()[]{},\"\\ \t\n\r\v\f") == std::string::npos;
    return plain ? text : escaped(text, '"', true);
  }

  // Lower bound, then a length that is not negative.
  std::string range(const Field &f) {
    uint8_t flags = f.flags.empty() ? range_empty : f.flags.draw(random_);
    if (flags & range_empty) return "empty";
    std::string lower, upper;
    bool no_lower = flags & range_no_lower, no_upper = flags & range_no_upper;
    if (!no_lower) {
      const Field &low = field(f.lower);
      ItemKind k = kind(low);
      double span = no_upper || f.span.codec.bins.empty() ? 0 : std::max(0.0, draw_slot(f.span, widen_, random_));
      if (k == ItemKind::Number || k == ItemKind::Date || k == ItemKind::Stamp) {
        both_bounds(low, k, span, no_upper, lower, upper);
      } else {
        lower = inner(low, k);
        if (!no_upper) upper = inner(field(f.upper), kind(field(f.upper)));
        if (!no_upper && upper < lower) std::swap(lower, upper);
      }
    } else if (!no_upper) {
      upper = inner(field(f.upper), kind(field(f.upper)));
    }
    std::string out(1, flags & range_closed_lower ? '[' : '(');
    if (!no_lower) out += bound(lower);
    out += ',';
    if (!no_upper) out += bound(upper);
    return out + (flags & range_closed_upper ? ']' : ')');
  }

  void both_bounds(const Field &low, ItemKind k, double span, bool no_upper, std::string &lower, std::string &upper) {
    const NumberSlot &slot = k == ItemKind::Number ? low.number : k == ItemKind::Date ? low.date : low.stamp;
    double value = draw_slot(slot, widen_, random_);
    std::string form = k == ItemKind::Stamp ? low.stamp_forms.draw(random_) : "";
    auto print = [&](double v) {
      if (k == ItemKind::Number) return print_number(v, slot.limits.decimals);
      return k == ItemKind::Date ? print_date(v) : print_stamp(v, form);
    };
    lower = print(value);
    if (!no_upper) upper = print(value + span);
  }

  std::string multirange(const Field &f) {
    std::string out = "{";
    size_t n = length(f);
    for (size_t i = 0; i < n; ++i) out += (i ? "," : "") + range(field(f.element));
    return out + "}";
  }

  std::string hstore(const Field &f) {
    std::string out;
    for (size_t i = 0; i < f.keys.size(); ++i) {
      if (random_.uniform() >= f.presence[i]) continue;
      const Field &value = field(f.children[i]);
      ItemKind k = kind(value);
      out += (out.empty() ? "" : ", ") + escaped(f.keys[i], '"', false) + "=>" +
             (k == ItemKind::Null ? "NULL" : escaped(atom(value, k), '"', false));
    }
    return out;
  }

  std::string vector(const Field &f) {
    std::set<std::string> words;
    for (size_t n = length(f); n > 0; --n) {
      std::string text = word(field(f.element));
      if (!text.empty()) words.insert(text);
    }
    bool positions = !f.flags.empty() && f.flags.draw(random_) != 0;
    std::string out;
    size_t most = 2 * words.size() + 1;
    for (const std::string &text : words) {
      out += (out.empty() ? "" : " ") + escaped(text, '\'', true);
      if (positions) out += ":" + std::to_string(1 + random_.below(std::min<size_t>(most, 16000)));
    }
    return out;
  }

  std::string query(const Field &f) {
    std::string out;
    for (size_t n = length(f); n > 0; --n) {
      std::string text = word(field(f.element));
      if (!text.empty()) out += (out.empty() ? "" : " & ") + escaped(text, '\'', true);
    }
    return out;
  }

  std::string points(const Field &f) {
    bool open = column_.base_oid == 602 && !f.flags.empty() && f.flags.draw(random_);
    std::string out = open ? "[" : "(";
    size_t n = std::max<size_t>(length(f), 1);
    for (size_t i = 0; i < n; ++i) out += (i ? "," : "") + row(field(f.element));
    return out + (open ? "]" : ")");
  }

  std::string flat(const Field &f) {
    std::string out = f.keys.empty() ? "" : f.keys[0];
    for (size_t i = 0; i < f.children.size(); ++i) {
      const Field &part = field(f.children[i]);
      std::string text = atom(part, kind(part));
      if (structure_.syntax != Syntax::Xml) {
        out += text;
      } else {
        for (char c : text)
          out += c == '&'    ? "&amp;"
                 : c == '<'  ? "&lt;"
                 : c == '>'  ? "&gt;"
                 : c == '"'  ? "&quot;"
                 : c == '\'' ? "&apos;"
                             : std::string(1, c);
      }
      if (i + 1 < f.keys.size()) out += f.keys[i + 1];
    }
    return out;
  }

  const Structure &structure_;
  const Column &column_;
  int widen_;
  Stream &random_;
  std::vector<size_t> lengths_;  // of an array, by depth
};

// What every value of the type's grammar may be, when nothing else was accepted.
std::string safe_form(const Structure &structure, const Column &column) {
  switch (structure.syntax) {
    case Syntax::Json: return "null";
    case Syntax::Array:
    case Syntax::Multirange: return "{}";
    case Syntax::Range: return "empty";
    case Syntax::Xml: return "<value/>";
    case Syntax::Points: return "((0,0),(1,1))";
    case Syntax::Row: {
      size_t fields = structure.variants.empty() ? 0 : structure.fields[static_cast<size_t>(structure.variants[0])].children.size();
      return "(" + std::string(fields > 0 ? fields - 1 : 0, ',') + ")";
    }
    case Syntax::Flat:
      if (column.cls == TypeClass::Array) return "{}";
      if (column.cls == TypeClass::Interval) return "00:00:00";
      if (column.cls == TypeClass::TimeTz) return "00:00:00+00";
      if (column.base_oid == 600) return "(0,0)";
      if (column.base_oid == 628) return "{1,-1,0}";
      if (column.base_oid == 718) return "<(0,0),1>";
      return column.base_oid == 601 ? "[(0,0),(1,1)]" : "(1,1),(0,0)";
    default: return "";
  }
}

}  // namespace

double draw_slot(const NumberSlot &slot, int widen, Stream &random) {
  if (widen >= 3) return draw_widened(slot.codec, slot.limits, std::min(widen, widest_slot), random);
  if (slot.codes.empty()) return 0;
  return draw_number(slot.codec, static_cast<Code>(slot.codes.draw(random)), random);
}

void draw_structure(const Structure &structure, const Column &column, int text_class, int widen, Stream &random, std::string &out) {
  if (is_binary(structure.syntax)) {
    draw_binary(structure, column, widen, random, out);
  } else if (structure.variants.empty() || (widen >= 6 && widen % 2 == 0)) {
    out = safe_form(structure, column);
  } else {
    size_t index = static_cast<size_t>(std::clamp(text_class, 0, structure.classes() - 1));
    out = Printer(structure, column, widen, random).root(structure.variants[index]);
  }
}

}  // namespace relsynth::core
