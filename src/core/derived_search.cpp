// Finds derived columns: the text of some rows is taken apart into parts of the row's other values and literals; what explains nearly all
// rows is kept.
#include <algorithm>
#include <map>
#include <set>

#include "core/derived_text.h"
#include "core/lookup.h"
#include "core/rules.h"
#include "core/support.h"
#include "core/text_runs.h"

namespace relsynth::core {

namespace {

using Piece = TextPiece;
using Pieces = std::vector<TextPiece>;

constexpr double least_share = 0.5, least_of_parts = 0.75;  // with a whole value in it, and without
constexpr double copied_share = 0.95;                       // of the rows that a column copies a made one in
constexpr size_t least_rows = 16, most_rows = 2000;
constexpr size_t seeds = 16, first_rows = 24;
constexpr size_t longest_text = 80, longest_pieces = 8;
constexpr size_t most_steps = 4000, most_found = 48;  // per seed
constexpr uint8_t longest_prefix = 8, telling_prefix = 3, most_digits = 12;

// A way to take a value, without the value.
struct Variant {
  Piece piece;
  std::string text;  // of the seed row
  size_t value = 0;  // length of the value it is taken from

  // The longest first; of those that say the same the plainest.
  bool operator<(const Variant &other) const {
    if (text.size() != other.text.size()) return text.size() > other.text.size();
    if (text != other.text) return text < other.text;
    if ((piece.joint != 0) != (other.piece.joint != 0)) return other.piece.joint != 0;
    bool word = piece.part != Piece::Part::Whole, other_word = other.piece.part != Piece::Part::Whole;
    return word != other_word ? other_word : value < other.value;
  }
};

class Search {
 public:
  Search(const SourceTable &source, int column, const std::vector<int> &bases, uint32_t least_entities)
      : source_(source), column_(column), bases_(bases), least_entities_(least_entities) {
    const SourceColumn &values = source.columns[column];
    std::vector<uint32_t> all;
    for (uint32_t r = 0; r < values.size(); ++r)
      if (!values.nulls[r] && !values.text(r).empty()) all.push_back(r);
    // Scattered: rows next to each other are alike.
    std::sort(all.begin(), all.end(), [](uint32_t a, uint32_t b) { return mix(a) < mix(b) || (mix(a) == mix(b) && a < b); });
    rows_ = thin(all, most_rows);
  }

  // The pieces that explain most rows; none where too few are explained.
  Pieces best(double &share) {
    if (rows_.size() < least_rows) return {};
    for (size_t i = 0; i < std::min(seeds, rows_.size()); ++i) take_apart(rows_[i]);
    share = best_share_;
    return varied() ? best_ : Pieces{};
  }

 private:
  std::string value_of(int column, size_t row) const {
    const SourceColumn &values = source_.columns[column];
    return values.repr == Repr::Text ? std::string(without_padding(values.text(row))) : std::to_string(values.ints[row]);
  }

  void add_variants(int base, size_t row) {
    if (source_.columns[base].nulls[row]) return;
    std::string value = value_of(base, row);
    bool number = source_.columns[base].repr != Repr::Text;
    if (value.empty() || value.size() > longest_text) return;
    auto add = [&](Piece piece) {
      Variant variant{std::move(piece), {}, value.size()};
      append_part(variant.piece, value, variant.text);
      bool chance = variant.text.size() == 1 && variant.piece.prefix == 0 && !number;
      if (!variant.text.empty() && !chance) variants_.push_back(std::move(variant));
    };
    Piece piece{Piece::Kind::Column, "", base};
    if (number) {
      for (const Piece &way : ways_of(piece))
        if (way.digits == 0 || way.digits > value.size()) add(way);
      return;
    }
    for (Piece &way : ways_of(piece))
      for (int prefix = 0; prefix <= (way.joint == 0 ? longest_prefix : 0); ++prefix) {
        way.prefix = static_cast<uint8_t>(prefix);
        add(way);
      }
  }

  void take_apart(size_t row) {
    variants_.clear();
    for (int base : bases_) add_variants(base, row);
    // Of those that say the same here refine() tries the others.
    std::stable_sort(variants_.begin(), variants_.end());
    variants_.erase(std::unique(variants_.begin(), variants_.end(), [](const Variant &a, const Variant &b) { return a.text == b.text; }),
                    variants_.end());
    text_ = value_of(column_, row);
    if (text_.size() > longest_text || variants_.empty()) return;
    steps_ = found_ = 0;
    current_.clear();
    walk(0);
  }

  void walk(size_t at) {
    if (++steps_ > most_steps || found_ > most_found) return;
    if (at == text_.size()) return judge();
    if (current_.size() < longest_pieces) {
      std::string_view rest = std::string_view(text_).substr(at);
      bool inside =
          !current_.empty() && current_.back().kind == Piece::Kind::Literal && is_letter(static_cast<unsigned char>(text_[at - 1]));
      for (const Variant &variant : variants_) {
        if (!rest.starts_with(variant.text) || (inside && variant.piece.prefix > 0)) continue;
        current_.push_back(variant.piece);
        walk(at + variant.text.size());
        current_.pop_back();
      }
      if (at > 0 && !current_.empty()) walk_rest(at);
    }
    walk_literal(at);
  }

  // The column's own text to its end: from a mark on, or digits.
  void walk_rest(size_t at) {
    bool digits = text_.find_first_not_of("0123456789", at) == std::string::npos;
    bool mark = std::string_view("@-_./ #").find(text_[at]) != std::string_view::npos && text_.find(text_[at]) == at;
    if (!digits && !mark) return;
    current_.push_back({Piece::Kind::Rest, digits ? "" : std::string(1, text_[at])});
    judge();
    current_.pop_back();
  }

  void walk_literal(size_t at) {
    bool more = !current_.empty() && current_.back().kind == Piece::Kind::Literal;
    if (!more && current_.size() >= longest_pieces) return;
    if (!more) current_.push_back({Piece::Kind::Literal, ""});
    current_.back().text += text_[at];
    walk(at + 1);
    if (more)
      current_.back().text.pop_back();
    else
      current_.pop_back();
  }

  bool explains(const Pieces &pieces, size_t row) const {
    std::string text = value_of(column_, row), made;
    for (const Piece &piece : pieces) {
      if (piece.kind == Piece::Kind::Literal) made += piece.text;
      if (piece.kind == Piece::Kind::Column) {
        if (source_.columns[piece.column].nulls[row]) return false;
        append_part(piece, value_of(piece.column, row), made);
      }
      if (piece.kind != Piece::Kind::Rest) continue;
      if (!piece.text.empty()) return text.starts_with(made) && text.find(piece.text) == made.size();
      return text.starts_with(made) && text.find_first_not_of("0123456789", made.size()) == std::string::npos;
    }
    return made == text;
  }

  double share_of(const Pieces &pieces, double least) const {
    size_t wrong = 0, most_wrong = static_cast<size_t>((1 - least) * static_cast<double>(rows_.size()));
    for (size_t i = 0; i < rows_.size(); ++i) {
      wrong += !explains(pieces, rows_[i]);
      if (wrong > most_wrong || (i < first_rows && wrong * 3 > first_rows * 2)) return 0;
    }
    return 1 - static_cast<double>(wrong) / static_cast<double>(rows_.size());
  }

  // A whole value of a column must be in it, or as much of one as chance does not explain.
  void judge() {
    auto says_enough = [](const Piece &p) { return p.kind == Piece::Kind::Column && (p.prefix == 0 || p.prefix >= telling_prefix); };
    if (std::none_of(current_.begin(), current_.end(), says_enough)) return;
    ++found_;
    refine(current_);
  }

  // Other ways to take a column.
  std::vector<Piece> ways_of(const Piece &piece) const {
    std::vector<Piece> ways;
    if (source_.columns[piece.column].repr != Repr::Text) {
      for (uint8_t digits = 0; digits <= most_digits; ++digits) {
        ways.push_back(piece);
        ways.back().digits = digits;
      }
      return ways;
    }
    for (Piece::Part part : {Piece::Part::Whole, Piece::Part::First, Piece::Part::Last})
      for (bool stripped : {false, true})
        for (Piece::Case letters : {Piece::Case::AsIs, Piece::Case::Lower, Piece::Case::Upper, Piece::Case::Capital}) {
          ways.push_back(piece);
          ways.back().part = part;
          ways.back().stripped = stripped;
          ways.back().letters = letters;
          ways.back().joint = 0;
          if (part != Piece::Part::Whole || piece.prefix > 0) continue;
          for (char joint : {'_', '-', '+'}) {
            ways.push_back(Piece(ways.back()));
            ways.back().joint = joint;
          }
        }
    return ways;
  }

  // Takes the pieces if they explain more than the best so far; other ways to take each column may do better.
  void refine(Pieces pieces) {
    double share = share_of(pieces, least_share * 0.6);
    if (share == 0) return;
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].kind != Piece::Kind::Column) continue;
      Piece kept = pieces[i];
      for (Piece &other : ways_of(pieces[i])) {
        pieces[i] = std::move(other);
        if (double found = share_of(pieces, share); found > share) share = found, kept = pieces[i];
      }
      pieces[i] = std::move(kept);
    }
    const bool whole =
        std::any_of(pieces.begin(), pieces.end(), [](const Piece &p) { return p.kind == Piece::Kind::Column && p.prefix == 0; });
    if (share < (whole ? least_share : least_of_parts) || score_of(pieces, share) <= best_score_) return;
    best_score_ = score_of(pieces, share);
    best_share_ = share;
    best_ = std::move(pieces);
  }

  // What says more of the text and holds for more rows.
  static double score_of(const Pieces &pieces, double share) {
    std::map<int, double> said;
    double whole = 0, rest = 0, words = 0;
    for (const Piece &piece : pieces) {
      words += piece.part != Piece::Part::Whole;
      if (piece.kind == Piece::Kind::Column) said[piece.column] = std::max(said[piece.column], piece.prefix == 0 ? 1 : 0.5);
      rest += piece.kind == Piece::Kind::Rest;
    }
    for (const auto &[column, weight] : said) whole += weight;
    return whole - 0.2 * rest - 0.1 * words + 4 * share;
  }

  // Enough entities, and not the same text again and again: literals are what they share.
  bool varied() const {
    if (best_.empty()) return false;
    std::set<uint32_t> entities;
    std::set<std::string> texts;
    for (uint32_t row : rows_)
      if (explains(best_, row)) entities.insert(entity_of(source_.entity, row)), texts.insert(value_of(column_, row));
    return entities.size() >= std::max<size_t>(least_rows, least_entities_) && texts.size() >= least_rows / 2;
  }

  const SourceTable &source_;
  int column_;
  const std::vector<int> &bases_;
  uint32_t least_entities_;
  std::vector<uint32_t> rows_;
  std::vector<Variant> variants_;
  std::string text_;
  Pieces current_, best_;
  double best_share_ = 0, best_score_ = 0;
  size_t steps_ = 0, found_ = 0;
};

// Values that stand when derived columns are made.
bool may_be_base(const Table &table, const TablePlan &plan, size_t column, const SourceTable &source) {
  const ColumnPlan &p = plan.columns[column];
  if (source.columns[column].size() != source.rows || p.role == ColumnRole::Generated || p.encoding == Encoding::Constant) return false;
  if (p.role == ColumnRole::Model && p.encoding == Encoding::None) return false;
  TypeClass cls = table.columns[column].cls;
  if (cls != TypeClass::Text && cls != TypeClass::Int) return false;
  if (p.role == ColumnRole::ForeignKey && p.foreign_key >= 0) {
    FkRole role = plan.fk_roles[p.foreign_key];
    return role != FkRole::Cut && role != FkRole::Self;
  }
  return true;
}

// Whether the rule of a column reads another one of the row.
bool reads(const ColumnPlan &plan, int column) {
  const std::vector<RuleInput> &inputs = plan.rule.inputs;  // those of a Total are columns of another table
  return plan.rule.kind != Rule::Kind::Total &&
         std::any_of(inputs.begin(), inputs.end(), [&](const RuleInput &in) { return in.path.empty() && in.column == column; });
}

// Whether a column is made of another one, over any number of steps.
bool leads_to(const TablePlan &plan, int from, int to) {
  if (from == to || reads(plan.columns[from], to)) return true;
  for (size_t c = 0; c < plan.columns.size(); ++c)
    if (reads(plan.columns[from], static_cast<int>(c)) && leads_to(plan, static_cast<int>(c), to)) return true;
  return std::any_of(plan.columns[from].pieces.begin(), plan.columns[from].pieces.end(),
                     [&](const Piece &piece) { return piece.kind == Piece::Kind::Column && leads_to(plan, piece.column, to); });
}

// "left(lower(first_name), 1)".
std::string describe(const std::string &column, const Piece &piece) {
  static constexpr const char *letters[] = {"", "lower(", "upper(", "initcap("};
  std::string text = piece.prefix > 0 ? "left(" : "";
  text += letters[static_cast<size_t>(piece.letters)];
  if (piece.part != Piece::Part::Whole) text += piece.part == Piece::Part::First ? "first word of " : "last word of ";
  text += column;
  if (piece.letters != Piece::Case::AsIs) text += ")";
  if (piece.joint != 0) text.append(" with '").append(1, piece.joint).append(piece.stripped ? "' between words" : "' for blanks");
  if (piece.prefix > 0) text.append(", ").append(std::to_string(piece.prefix)).append(")");
  return text;
}

std::string describe(const Table &table, const Pieces &pieces) {
  std::string text;
  for (const Piece &piece : pieces) {
    if (!text.empty()) text += " || ";
    if (piece.kind == Piece::Kind::Literal) text.append("'").append(piece.text).append("'");
    if (piece.kind == Piece::Kind::Rest)
      text.append(piece.text.empty() ? "digits" : "'").append(piece.text.empty() ? "" : piece.text + "...'");
    if (piece.kind == Piece::Kind::Column) text += describe(table.columns[piece.column].name, piece);
  }
  return text;
}

// Columns of the row whose rules read a column.
std::vector<int> readers_of(const TablePlan &plan, int column) {
  std::vector<int> readers;
  for (size_t c = 0; c < plan.columns.size(); ++c)
    if (reads(plan.columns[c], column)) readers.push_back(static_cast<int>(c));
  return readers;
}

bool plain_copy(const ColumnPlan &plan) {
  const Rule &rule = plan.rule;
  bool whole = std::all_of(rule.factors.begin(), rule.factors.end(), [](double factor) { return factor == 1; });
  return rule.kind == Rule::Kind::Copy && rule.share >= copied_share && rule.everywhere() && whole && plan.encoding == Encoding::Pattern;
}

void set_pieces(ColumnPlan &column, Pieces pieces, double share) {
  column.derived_share = share;
  column.pieces = std::move(pieces);
  for (size_t i = 0; i < column.pieces.size(); ++i)
    if (column.pieces[i].kind == Piece::Kind::Column) column.numbered = i;
}

struct Found {
  int column;
  Pieces pieces;
  double share;
  long parts;
};

}  // namespace

void find_derived(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  const Table &t = schema.tables[table];
  const SourceTable &source = data.tables[table];
  if (p.role != TableRole::Learn || source.rows < least_rows || !plan.config.rules) return;
  std::vector<Found> found;
  for (int c : p.column_order) {
    if (p.columns[c].encoding != Encoding::Pattern || p.columns[c].rule.kind != Rule::Kind::None || t.columns[c].cls != TypeClass::Text ||
        holds_secret(t.columns[c]))
      continue;
    plan.check();
    std::vector<int> bases;
    for (size_t b = 0; b < t.columns.size(); ++b)
      if (may_be_base(t, p, b, source) && !holds_secret(t.columns[b]) && !leads_to(p, static_cast<int>(b), c))
        bases.push_back(static_cast<int>(b));
    Found one{c, {}, 0, 0};
    one.pieces = Search(source, c, bases, static_cast<uint32_t>(plan.min_count)).best(one.share);
    one.parts = std::count_if(one.pieces.begin(), one.pieces.end(), [](const Piece &piece) { return piece.kind == Piece::Kind::Column; });
    if (!one.pieces.empty()) found.push_back(std::move(one));
  }
  // What is put together from more columns is the one that is made, a full name of its parts, not these of it; then what holds for more rows.
  std::stable_sort(found.begin(), found.end(),
                   [](const Found &a, const Found &b) { return a.parts > b.parts || (a.parts == b.parts && a.share > b.share); });
  for (Found &one : found) {
    ColumnPlan &column = p.columns[one.column];
    bool circular = std::any_of(one.pieces.begin(), one.pieces.end(), [&](const Piece &piece) {
      return piece.kind == Piece::Kind::Column && leads_to(p, piece.column, one.column);
    });
    // Rules read columns as they are drawn, before any is made of others: what copies the column becomes made of it too.
    std::vector<int> readers = readers_of(p, one.column);
    if (circular || !std::all_of(readers.begin(), readers.end(), [&](int c) { return plain_copy(p.columns[c]); })) continue;
    column.reason += (column.reason.empty() ? "" : "; ") + ("made as " + describe(t, one.pieces));
    set_pieces(column, std::move(one.pieces), one.share);
    for (int c : readers) {
      const double copied = p.columns[c].rule.always ? 1 : p.columns[c].rule.share;
      p.columns[c].rule = {};
      set_pieces(p.columns[c], {{Piece::Kind::Column, "", one.column}}, copied);
    }
  }
}

}  // namespace relsynth::core
