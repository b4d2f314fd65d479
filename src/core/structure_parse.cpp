// Text of structured types -> items. A text that does not follow the grammar gives nothing; nesting is bounded.
#include "core/structure.h"

namespace relsynth::core {

namespace {

constexpr int deepest = 40;
constexpr size_t longest_list = 10000;

// A cursor over the text; all parsers of this file are its members.
class Parser {
 public:
  Parser(std::string_view text, bool ranges_inside, int depth = 0) : text_(text), ranges_inside_(ranges_inside), depth_(depth) {}

  bool at_end() const { return at_ >= text_.size(); }
  void blanks() {
    while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  bool skip(char c) { return !at_end() && text_[at_] == c && (++at_, true); }
  bool skip(std::string_view word) { return text_.substr(at_, word.size()) == word && (at_ += word.size(), true); }

  bool json(Item &item, int depth) {
    blanks();
    if (at_end() || depth > deepest) return false;
    if (skip("null")) return true;
    if (skip("true")) return item.kind = ItemKind::True, true;
    if (skip("false")) return item.kind = ItemKind::False, true;
    if (text_[at_] == '[') return json_list(item, depth);
    if (text_[at_] == '{') return json_object(item, depth);
    std::string word;
    if (text_[at_] == '"') {
      if (!json_string(word)) return false;
      item = classify(word, false);
      return true;
    }
    size_t end = text_.find_first_of(",]} \t\r\n", at_);
    if (end == std::string_view::npos) end = text_.size();
    item = classify(text_.substr(at_, end - at_), true);
    at_ = end;
    return item.kind == ItemKind::Number;
  }

  // {1,NULL,"a b"}; an explicit lower bound ([0:2]=) is left out.
  bool array(Item &item, int depth) {
    if (depth == 0 && !at_end() && text_[at_] == '[') {
      size_t equal = text_.find('=');
      if (equal == std::string_view::npos) return false;
      at_ = equal + 1;
    }
    if (depth > deepest || !skip('{')) return false;
    item.kind = ItemKind::List;
    if (skip('}')) return true;
    do {
      item.items.emplace_back();
      if (item.items.size() > longest_list) return false;
      if (!at_end() && text_[at_] == '{') {
        if (!array(item.items.back(), depth + 1)) return false;
      } else if (!element(item.items.back(), ",}")) {
        return false;
      }
    } while (skip(','));
    return skip('}');
  }

  bool range(Item &item) {
    item.kind = ItemKind::Range;
    item.items.resize(2);
    if (skip("empty")) return item.flags = range_empty, true;
    if (skip('['))
      item.flags |= range_closed_lower;
    else if (!skip('('))
      return false;
    if (!bound(item.items[0], ",", range_no_lower, item.flags) || !skip(',')) return false;
    if (!bound(item.items[1], ")]", range_no_upper, item.flags)) return false;
    if (skip(']')) return item.flags |= range_closed_upper, true;
    return skip(')');
  }

  bool multirange(Item &item) {
    if (!skip('{')) return false;
    item.kind = ItemKind::List;
    if (skip('}')) return true;
    do {
      item.items.emplace_back();
      if (item.items.size() > longest_list || !range(item.items.back())) return false;
    } while (skip(','));
    return skip('}');
  }

  bool row(Item &item) {
    if (!skip('(')) return false;
    item.kind = ItemKind::Row;
    do {
      item.items.emplace_back();
      if (item.items.size() > longest_list || !element(item.items.back(), ",)")) return false;
    } while (skip(','));
    return skip(')');
  }

  // "a"=>"1", "b"=>NULL
  bool hstore(Item &item) {
    item.kind = ItemKind::Object;
    for (blanks(); !at_end(); blanks()) {
      std::string key, value;
      if (!quoted(key, '"') || !skip("=>")) return false;
      item.keys.push_back(key);
      item.items.emplace_back();
      if (!skip("NULL")) {
        if (!quoted(value, '"')) return false;
        item.items.back() = classify(value, true);
      }
      if (item.keys.size() > longest_list) return false;
      if (!skip(',')) break;
    }
    return at_end();
  }

  // 'cat':3A,5 'dog' or, as a query, 'cat' & !'dog'
  bool lexemes(Item &item) {
    item.kind = ItemKind::List;
    while (!at_end()) {
      std::string word;
      if (text_[at_] == '\'') {
        if (!quoted(word, '\'')) return false;
        item.items.emplace_back();
        item.items.back().kind = ItemKind::Word;
        item.items.back().text = word;
        if (item.items.size() > longest_list) return false;
        continue;
      }
      if (text_[at_] == ':') item.flags = 1;
      ++at_;
    }
    return true;
  }

  // ((0,0),(1,1)): every pair of numbers is a point.
  bool points(Item &item) {
    item.kind = ItemKind::List;
    item.flags = !at_end() && text_[at_] == '[';
    while (!at_end()) {
      size_t end = text_.find_first_of("()[],", at_);
      if (end == std::string_view::npos) end = text_.size();
      if (end > at_) {
        Item number = classify(text_.substr(at_, end - at_), true);
        if (number.kind != ItemKind::Number) return false;
        numbers_.push_back(number);
      }
      at_ = end + 1;
    }
    if (numbers_.empty() || numbers_.size() % 2 || numbers_.size() > longest_list) return false;
    for (size_t i = 0; i < numbers_.size(); i += 2) {
      item.items.emplace_back();
      item.items.back().kind = ItemKind::Row;
      item.items.back().items = {numbers_[i], numbers_[i + 1]};
    }
    return true;
  }

 private:
  bool json_list(Item &item, int depth) {
    ++at_;
    item.kind = ItemKind::List;
    blanks();
    if (skip(']')) return true;
    do {
      item.items.emplace_back();
      if (item.items.size() > longest_list || !json(item.items.back(), depth + 1)) return false;
      blanks();
    } while (skip(','));
    return skip(']');
  }

  bool json_object(Item &item, int depth) {
    ++at_;
    item.kind = ItemKind::Object;
    blanks();
    if (skip('}')) return true;
    do {
      blanks();
      std::string key;
      if (!json_string(key)) return false;
      blanks();
      if (!skip(':')) return false;
      item.keys.push_back(key);
      item.items.emplace_back();
      if (item.items.size() > longest_list || !json(item.items.back(), depth + 1)) return false;
      blanks();
    } while (skip(','));
    return skip('}');
  }

  bool json_string(std::string &out) {
    if (!skip('"')) return false;
    while (!at_end() && text_[at_] != '"') {
      char c = text_[at_++];
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_end()) return false;
      c = text_[at_++];
      if (c == 'u') {
        if (!json_unicode(out)) return false;
      } else {
        out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
      }
    }
    return skip('"');
  }

  bool json_unicode(std::string &out) {
    char32_t c = 0;
    for (int i = 0; i < 4; ++i) {
      if (at_end()) return false;
      char h = text_[at_++];
      int digit = h >= '0' && h <= '9' ? h - '0' : (h | 32) >= 'a' && (h | 32) <= 'f' ? (h | 32) - 'a' + 10 : -1;
      if (digit < 0) return false;
      c = c * 16 + static_cast<char32_t>(digit);
    }
    if (c == 0 || (c >= 0xD800 && c < 0xE000)) c = '?';  // a surrogate's other half is not worth the trouble
    append_character(out, c);
    return true;
  }

  bool quoted(std::string &out, char quote) {
    if (!skip(quote)) return false;
    for (;;) {
      if (at_end()) return false;
      char c = text_[at_++];
      if (c == quote) {
        if (at_end() || text_[at_] != quote) return true;
        ++at_;
      } else if (c == '\\') {
        if (at_end()) return false;
        c = text_[at_++];
      }
      out += c;
    }
  }

  // An element of an array or a field of a row, up to one of `stops`.
  bool element(Item &item, std::string_view stops) {
    std::string word;
    bool quotes = !at_end() && text_[at_] == '"';
    if (quotes) {
      if (!quoted(word, '"')) return false;
    } else {
      size_t end = text_.find_first_of(stops, at_);
      if (end == std::string_view::npos) return false;
      for (; at_ < end; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < end) ++at_;
        word += text_[at_];
      }
      if (word.empty() || (stops.ends_with('}') && word == "NULL")) return true;
    }
    nested(item, word);
    return true;
  }

  bool bound(Item &item, std::string_view stops, uint8_t none, uint8_t &flags) {
    size_t before = at_;
    if (!element(item, stops)) return false;
    if (at_ == before) flags |= none;
    return true;
  }

  void nested(Item &item, const std::string &word) const {
    if (word.size() >= 2 && depth_ < 3) {
      Item inner;
      Parser range(word, false, depth_ + 1), row(word, false, depth_ + 1), json(word, false, depth_ + 1);
      bool maybe_range = ranges_inside_ && (word[0] == '[' || word[0] == '(' || word == "empty");
      if ((maybe_range && range.range(inner) && range.at_end()) || (word[0] == '(' && (inner = Item(), row.row(inner)) && row.at_end()) ||
          (word[0] == '{' && (inner = Item(), json.json(inner, 0)) && json.at_end() && inner.kind == ItemKind::Object)) {
        item = std::move(inner);
        return;
      }
    }
    item = classify(word, true);
  }

  std::string_view text_;
  bool ranges_inside_;
  size_t at_ = 0;
  int depth_;
  std::vector<Item> numbers_;
};

}  // namespace

std::optional<Item> parse_json(std::string_view text) {
  Parser parser(text, false);
  Item item;
  if (!parser.json(item, 0)) return std::nullopt;
  parser.blanks();
  return parser.at_end() ? std::optional<Item>(std::move(item)) : std::nullopt;
}

namespace {

std::string unescape(std::string_view text) {
  static constexpr std::pair<std::string_view, char> entities[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string out;
  for (size_t at = 0; at < text.size();) {
    bool found = false;
    for (auto [entity, c] : entities)
      if (text.substr(at, entity.size()) == entity) out += c, at += entity.size(), found = true;
    if (!found) out += text[at++];
  }
  return out;
}

// Where the next varying part of a markup text lies: an attribute's value or the text between tags.
bool markup_part(std::string_view text, size_t at, bool &inside_tag, size_t &begin, size_t &end) {
  for (size_t i = at; i < text.size(); ++i) {
    if (inside_tag) {
      if (text[i] == '>') inside_tag = false;
      if (text[i] != '"' && text[i] != '\'') continue;
      begin = i + 1;
      end = text.find(text[i], begin);
      return end != std::string_view::npos && end >= begin;
    }
    if (text[i] == '<') {
      if (text.substr(i, 2) == "<!" || text.substr(i, 2) == "<?") {
        size_t close = text.find('>', i);
        if (close == std::string_view::npos) return false;
        i = close;
        continue;
      }
      inside_tag = true;
      continue;
    }
    begin = i;
    end = text.find('<', i);
    if (end == std::string_view::npos) end = text.size();
    if (text.substr(begin, end - begin).find_first_not_of(" \t\r\n") != std::string_view::npos) return true;
    i = end - 1;
  }
  return false;
}

bool is_digit(std::string_view text, size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }

// Where the next number, date or time lies: digits with what belongs to them. A sign after a digit begins a time zone, which stays.
bool number_part(std::string_view text, size_t at, size_t &begin, size_t &end) {
  for (begin = at;; begin = end) {
    begin = text.find_first_of("0123456789", begin);
    if (begin == std::string_view::npos) return false;
    end = begin;
    while (is_digit(text, end) || (is_digit(text, end + 1) && (text[end] == ':' || text[end] == '.'))) ++end;
    if (begin < 2 || (text[begin - 1] != '+' && text[begin - 1] != '-') || !is_digit(text, begin - 2)) break;
  }
  size_t exponent = end < text.size() && text[end] == 'e' ? end + 1 : end;
  if (exponent > end && exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
  if (exponent > end && is_digit(text, exponent))
    for (end = exponent; is_digit(text, end);) ++end;
  bool sign = begin > at && text[begin - 1] == '-' && (begin < 2 || !is_letter(static_cast<unsigned char>(text[begin - 2])));
  if (sign && text.substr(begin, end - begin).find(':') == std::string_view::npos) --begin;
  return true;
}

}  // namespace

std::optional<Item> parse_flat(std::string_view text, bool markup) {
  Item item;
  item.kind = ItemKind::Flat;
  bool inside_tag = false;
  size_t at = 0, begin = 0, end = 0;
  while (markup ? markup_part(text, at, inside_tag, begin, end) : number_part(text, at, begin, end)) {
    item.keys.emplace_back(text.substr(at, begin - at));
    std::string_view part = text.substr(begin, end - begin);
    item.items.push_back(classify(markup ? std::string_view(unescape(part)) : part, true));
    at = end;
    if (markup && inside_tag && at < text.size()) {
      item.keys.emplace_back(text.substr(at, 1));  // the closing quote, with an item that is nothing
      item.items.emplace_back();
      ++at;
    }
    if (item.items.size() > 400) return std::nullopt;
  }
  item.keys.emplace_back(text.substr(std::min(at, text.size())));
  return item;
}

std::optional<Item> parse_item(Syntax syntax, std::string_view text, bool ranges_inside) {
  Parser parser(text, ranges_inside);
  Item item;
  bool good = false;
  switch (syntax) {
    case Syntax::Json: return parse_json(text);
    case Syntax::Flat: return parse_flat(text, false);
    case Syntax::Xml: return parse_flat(text, true);
    case Syntax::Array: good = parser.array(item, 0); break;
    case Syntax::Range: good = parser.range(item); break;
    case Syntax::Multirange: good = parser.multirange(item); break;
    case Syntax::Row: good = parser.row(item); break;
    case Syntax::Hstore: good = parser.hstore(item); break;
    case Syntax::Points: good = parser.points(item); break;
    case Syntax::Vector:
    case Syntax::Query: good = parser.lexemes(item); break;
    default: break;
  }
  return good && parser.at_end() ? std::optional<Item>(std::move(item)) : std::nullopt;
}

}  // namespace relsynth::core
