#include "core/report.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace relsynth::core {

namespace {

constexpr size_t most_open = 6;     // tables that are unfolded from the start
constexpr size_t most_drawn = 120;  // tables that have charts; the others a line
constexpr size_t most_telltales = 12, most_of_table = 3;
constexpr double near = 0.05, fair = 0.15;  // below the floor

struct Verdict {
  const char *grade;  // good, fair, bad
  std::string word, text;
};

bool is_test(const std::string &metric) { return metric.rfind("c2st", 0) == 0; }

// How far a score falls short of its floor, on the scale of similarities.
double shortfall(const ReportScore &s) {
  if (!std::isfinite(s.value)) return 0;
  const double floor = std::isfinite(s.floor) ? s.floor : is_test(s.metric) ? 0.5 : 1;
  return is_test(s.metric) ? 2 * (std::max(0.5, s.value) - std::max(0.5, floor)) : floor - s.value;
}

const char *grade_of(double short_by) { return short_by <= near ? "good" : short_by <= fair ? "fair" : "bad"; }

class Report {
 public:
  explicit Report(const ReportInput &input) : in_(input), c_(*input.comparison) {}
  std::string page();

 private:
  const ReportScore *score(const std::string &table, const std::string &object, const std::string &metric) const;
  std::string graded(const ReportScore *s, int digits = 3) const;
  Verdict valid() const;
  Verdict faithful() const;
  Verdict priv() const;
  std::string cards() const;
  std::string overview() const;
  std::string graph() const;
  std::string telltales() const;
  std::string held() const;
  std::string constraints() const;
  std::string privacy() const;
  std::string table(size_t t);
  std::string columns(size_t t) const;
  std::string links(size_t t) const;
  std::string maps(size_t t) const;
  std::string rows(size_t t) const;
  std::string settings() const;

  const ReportInput &in_;
  const Comparison &c_;
  size_t opened_ = 0;
};

const ReportScore *Report::score(const std::string &table, const std::string &object, const std::string &metric) const {
  for (const ReportScore &s : in_.scores)
    if (s.table == table && s.object == object && s.metric == metric) return &s;
  return nullptr;
}

std::string Report::graded(const ReportScore *s, int digits) const {
  if (!s || !std::isfinite(s->value)) return "–";
  return std::string("<span class=\"") + grade_of(shortfall(*s)) + "\">" + decimals(s->value, digits) + "</span>";
}

Verdict Report::valid() const {
  size_t all = 0, broken = 0, differ = 0;
  for (const ReportConstraint &c : in_.constraints) {
    all += c.constraint;
    broken += c.broken;
    differ += !c.problem.empty() && !c.broken;
  }
  if (broken > 0) return {"bad", "Not valid", std::to_string(broken) + " of " + std::to_string(all) + " constraints are broken."};
  if (differ > 0)
    return {"fair", "Valid, not alike",
            "All " + std::to_string(all) + " constraints hold; " + std::to_string(differ) + " definitions differ."};
  return {"good", "Valid", "All " + std::to_string(all) + " constraints are there and hold, counted by the server."};
}

Verdict Report::faithful() const {
  const ReportScore *s = score("", "", "overall");
  if (!s || !std::isfinite(s->value)) return {"fair", "Not measured", "There is too little data to compare."};
  const std::string text = "Overall " + decimals(s->value, 3) + "; other real rows of this database score " + decimals(s->floor, 3) + ".";
  const double gap = shortfall(*s);
  return gap <= near ? Verdict{"good", "Faithful", text} : gap <= fair ? Verdict{"fair", "Close", text} : Verdict{"bad", "Differs", text};
}

Verdict Report::priv() const {
  size_t judged = 0, passed = 0;
  for (const ReportAudit &a : in_.audit) judged += a.judged, passed += a.judged && a.passed;
  const std::string text = std::to_string(passed) + " of " + std::to_string(judged) + " privacy checks pass.";
  if (judged == 0) return {"fair", "Not audited", "No table has enough rows of its own for an audit."};
  return passed == judged ? Verdict{"good", "Private", text} : Verdict{"bad", "Look at the audit", text};
}

std::string Report::cards() const {
  std::string out = "<div class=\"cards\">";
  for (const Verdict &v : {valid(), faithful(), priv()})
    out += std::string("<div class=\"card ") + v.grade + "\"><b>" + v.word + "</b>" + escape_html(v.text) + "</div>";
  return out + "</div>";
}

std::string Report::overview() const {
  std::vector<std::vector<std::string>> rows;
  const std::vector<std::pair<const char *, const char *>> metrics = {{"shapes", "each column's values"},
                                                                      {"missing", "shares of NULL"},
                                                                      {"pairs", "pairs of columns"},
                                                                      {"strong_pairs", "pairs that depend on each other"},
                                                                      {"cardinality", "children per parent"},
                                                                      {"trends_1hop", "children and their parents"},
                                                                      {"trends_2hop", "and grandparents"},
                                                                      {"strong_trends", "those that depend on each other"},
                                                                      {"within_parent", "children of one parent"},
                                                                      {"ml_utility", "predictions learned from the copy"},
                                                                      {"c2st", "a classifier tells rows apart"},
                                                                      {"c2st_agg", "parents with their children"},
                                                                      {"c2st_join", "children with their parents"}};
  for (const auto &[metric, what] : metrics)
    if (const ReportScore *s = score("", "", metric); s && std::isfinite(s->value))
      rows.push_back({"<code>" + std::string(metric) + "</code>", what, graded(s), decimals(s->floor, 3)});
  return "<p class=\"soft\">Similarities: 1 is perfect. For the classifiers (c2st) 0.5 is perfect: they cannot tell synthetic rows from "
         "real ones. "
         "The floor is what other real rows score in the synthetic ones' place, the best that can be expected.</p>" +
         html_table({"metric", "of", "value", "floor"}, rows, {2, 3});
}

std::string Report::graph() const {
  const size_t n = c_.layout.tables.size();
  std::vector<int> layer(n, 0);
  // Longest ways from tables without parents; cycles stop growing after as many rounds as there are tables.
  bool moved = true;
  for (size_t round = 0; moved && round < std::min<size_t>(n, 40); ++round) {
    moved = false;
    for (const ComparedLink &link : c_.layout.links)
      if (!link.self() && layer[static_cast<size_t>(link.child)] <= layer[static_cast<size_t>(link.parent)] &&
          layer[static_cast<size_t>(link.parent)] < 12) {
        layer[static_cast<size_t>(link.child)] = layer[static_cast<size_t>(link.parent)] + 1;
        moved = true;
      }
  }
  Diagram diagram;
  for (size_t t = 0; t < n; ++t)
    diagram.boxes.push_back(
        {c_.layout.tables[t].name, grouped_digits(static_cast<double>(c_.sides[1].tables[t].total_rows)) + " rows", layer[t]});
  for (const ComparedLink &link : c_.layout.links) diagram.arrows.emplace_back(link.parent, link.child);
  return "<div class=\"wide\">" + diagram_svg(diagram) + "</div>";
}

std::string Report::telltales() const {
  std::vector<const ReportScore *> worst;
  for (const ReportScore &s : in_.scores)
    if (!s.table.empty() && shortfall(s) > near) worst.push_back(&s);
  std::stable_sort(worst.begin(), worst.end(), [](const auto *a, const auto *b) { return shortfall(*a) > shortfall(*b); });
  // One column that differs shows in all its pairs: a few lines of each table will do.
  std::map<std::string, size_t> of_table;
  std::erase_if(worst, [&](const ReportScore *s) { return ++of_table[s->table] > most_of_table; });
  worst.resize(std::min(worst.size(), most_telltales));
  if (worst.empty()) return "<p>Nothing falls short of real rows by more than 0.05.</p>";
  std::vector<std::vector<std::string>> rows;
  for (const ReportScore *s : worst)
    rows.push_back({escape_html(s->table), escape_html(s->object), "<code>" + s->metric + "</code>", graded(s), decimals(s->floor, 3),
                    escape_html(s->detail)});
  return html_table({"table", "what", "metric", "value", "floor", "made of"}, rows, {3, 4});
}

std::string Report::held() const {
  std::vector<std::vector<std::string>> rows;
  for (const ReportScore &s : in_.scores)
    if (!s.table.empty() && !s.object.empty() && (s.metric == "dependencies" || s.metric == "orders") && rows.size() < 200)
      rows.push_back({escape_html(s.table), escape_html(s.object), s.metric == "orders" ? "never after" : "determines", graded(&s)});
  if (rows.empty()) return "<p>The source has no dependencies between columns and no orders of dates that could be measured.</p>";
  return html_table({"table", "columns", "in the source the first ... the second", "held"}, rows, {3});
}

std::string Report::constraints() const {
  std::map<std::string, std::pair<size_t, size_t>> kinds;
  std::vector<std::vector<std::string>> bad;
  for (const ReportConstraint &c : in_.constraints) {
    if (c.constraint) ++kinds[c.kind].first, kinds[c.kind].second += c.broken;
    if (c.broken || !c.problem.empty())
      bad.push_back({escape_html(c.table), escape_html(c.kind), escape_html(c.name),
                     escape_html(c.broken && c.problem.empty() ? "broken" : c.problem)});
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto &[kind, n] : kinds) rows.push_back({escape_html(kind), std::to_string(n.first), std::to_string(n.second)});
  std::string out = html_table({"constraint", "checked", "broken"}, rows, {1, 2});
  if (!bad.empty()) out += html_table({"table", "kind", "name", "problem"}, bad);
  return out;
}

std::string Report::privacy() const {
  if (in_.audit.empty()) return "<p>No audit.</p>";
  std::vector<std::vector<std::string>> rows;
  // What fails first.
  for (bool failed : {true, false})
    for (const ReportAudit &a : in_.audit)
      if ((a.judged && !a.passed) == failed && rows.size() < 150)
        rows.push_back({escape_html(a.table), escape_html(a.object), "<code>" + a.metric + "</code>", decimals(a.value, 3),
                        decimals(a.reference, 3),
                        !a.judged  ? ""
                        : a.passed ? "<span class=\"good\">passes</span>"
                                   : "<span class=\"bad\">fails</span>",
                        escape_html(a.detail)});
  return html_table({"table", "what", "metric", "value", "reference", "", "made of"}, rows, {3, 4});
}

std::string Report::columns(size_t t) const {
  std::string out;
  const ComparedTable &what = c_.layout.tables[t];
  for (size_t i = 0; i < what.columns.size(); ++i) {
    const ColumnPortrait p = portray_column(c_, static_cast<int>(t), static_cast<int>(i), in_.portraits);
    if (p.empty) continue;
    const ReportScore *s = score(what.name, what.columns[i].name, what.columns[i].kind == ValueKind::Text ? "text_length" : "shapes");
    out += "<figure>" + (p.is_bars ? bars_svg(p.bars) : histogram_svg(p.histogram)) + "<figcaption><b>" +
           escape_html(what.columns[i].name) + "</b>" + (what.columns[i].kind == ValueKind::Text ? " (length)" : "") + " " + graded(s) +
           "</figcaption></figure>";
  }
  return out.empty() ? out : "<h3>Columns</h3><div class=\"charts\">" + out + "</div>";
}

std::string Report::links(size_t t) const {
  std::string out;
  for (int link : c_.layout.tables[t].links) {
    const Curves curves = portray_link(c_, link, in_.portraits);
    if (curves.first.empty() && curves.second.empty()) continue;
    const std::string &label = c_.layout.links[static_cast<size_t>(link)].label;
    out += "<figure>" + curves_svg(curves) + "<figcaption><b>" + escape_html(label) + "</b>: share of parents with at most so many " +
           graded(score(c_.layout.tables[t].name, label, "cardinality")) + "</figcaption></figure>";
  }
  return out.empty() ? out : "<h3>Children per parent</h3><div class=\"charts\">" + out + "</div>";
}

std::string Report::maps(size_t t) const {
  const PairPortrait p = portray_pairs(c_, static_cast<int>(t), in_.portraits);
  if (p.source.names.empty()) return {};
  std::string out;
  for (const HeatMap *map : {&p.source, &p.target, &p.difference})
    out += "<figure>" + heat_svg(*map) + "<figcaption><b>" + map->title + "</b></figcaption></figure>";
  return "<h3>How columns depend on each other <small class=\"soft\">Cramér's V</small></h3><div class=\"maps\">" + out + "</div>";
}

std::string Report::rows(size_t t) const {
  if (t >= in_.rows.size() || in_.rows[t].empty()) return {};
  std::vector<std::vector<std::string>> cells = in_.rows[t];
  for (auto &row : cells)
    for (std::string &cell : row) cell = escape_html(cell);
  return "<h3>Synthetic rows</h3>" + html_table(in_.heads[t], cells);
}

std::string Report::table(size_t t) {
  const ComparedTable &what = c_.layout.tables[t];
  const SideTable &source = c_.sides[0].tables[t], &target = c_.sides[1].tables[t];
  std::string scores;
  for (const char *metric : {"shapes", "pairs", "c2st"})
    if (const ReportScore *s = score(what.name, "", metric); s && std::isfinite(s->value))
      scores += std::string(" · ") + metric + " " + graded(s);
  std::string out = "<details" + std::string(opened_++ < most_open ? " open=\"\"" : "") + "><summary>" + escape_html(what.name) + "<span>" +
                    grouped_digits(static_cast<double>(source.total_rows)) + " → " +
                    grouped_digits(static_cast<double>(target.total_rows)) + " rows" + scores + "</span></summary>";
  if (!target.present)
    out += "<p class=\"bad\">The target does not have this table.</p>";
  else if (opened_ <= most_drawn)
    out += columns(t) + links(t) + maps(t) + rows(t);
  return out + "</details>\n";
}

std::string Report::settings() const {
  std::vector<std::vector<std::string>> rows;
  for (const auto &[name, value] : in_.settings) rows.push_back({escape_html(name), escape_html(value)});
  return html_table({"what", "value"}, rows);
}

std::string Report::page() {
  std::string tables;
  for (int t : c_.layout.order) tables += table(static_cast<size_t>(t));
  const std::string title = "Synthetic " + in_.target + " beside " + in_.source;
  const std::string key =
      "<p class=\"soft\"><span class=\"key\" style=\"background:var(--real);margin-left:0\"></span>source<span class=\"key\" "
      "style=\"background:var(--synth)\"></span>synthetic. Source values that fewer than " +
      std::to_string(in_.portraits.least_entities) + " entities share are not shown.</p>";
  return html_page(title, "<h1>" + escape_html(title) + "</h1><p class=\"soft\">What relsynth found, in one page.</p>" + cards() +
                              "<h2>Fidelity at a glance</h2>" + overview() + "<h2>Tables and foreign keys</h2>" + graph() +
                              "<h2>What gives the synthetic data away</h2>" + telltales() + "<h2>Table by table</h2>" + key + tables +
                              "<h2>Rules of the source</h2>" + held() + "<h2>Constraints</h2>" + constraints() + "<h2>Privacy</h2>" +
                              privacy() + "<h2>Made by</h2>" + settings());
}

}  // namespace

std::string report_page(const ReportInput &input) { return Report(input).page(); }

}  // namespace relsynth::core
