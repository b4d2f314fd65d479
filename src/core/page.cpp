#include "core/page.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <map>

namespace relsynth::core {

namespace {

constexpr const char *style = R"css(
:root{--ink:#1c2430;--soft:#5b6675;--faint:#e4e8ee;--paper:#fff;--panel:#f6f8fa;--real:#9fb3c8;--synth:#c2410c;--good:#15803d;--fair:#a16207;--bad:#b91c1c;--link:#1d4ed8}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--faint:#2a323d;--paper:#12161c;--panel:#1a2028;--real:#4b6584;--synth:#fb923c;--good:#4ade80;--fair:#facc15;--bad:#f87171;--link:#93c5fd}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1180px;margin:0 auto;padding:2.2rem 1.4rem 4rem}
h1{font-size:1.7rem;margin:0 0 .2rem;letter-spacing:-.01em}
h2{font-size:1.2rem;margin:2.6rem 0 .7rem;padding-bottom:.3rem;border-bottom:1px solid var(--faint)}
h3{font-size:1rem;margin:1.2rem 0 .5rem}
p{margin:.4rem 0;max-width:75ch}.soft,figcaption{color:var(--soft)}small,figcaption{font-size:.82rem}
a{color:var(--link)}code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:1rem;margin:1.4rem 0}
.card{background:var(--panel);border:1px solid var(--faint);border-left:5px solid var(--soft);border-radius:8px;padding:.9rem 1.1rem}
.card b{display:block;font-size:1.35rem}.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}
.card.good{border-left-color:var(--good);color:inherit}.card.fair{border-left-color:var(--fair);color:inherit}.card.bad{border-left-color:var(--bad);color:inherit}
.card.good b{color:var(--good)}.card.fair b{color:var(--fair)}.card.bad b{color:var(--bad)}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.6rem 0;font-size:.88rem}
th{text-align:left;font-weight:600;color:var(--soft)}th,td{padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--faint);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:1rem}
.maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:1rem}
figure{margin:0;background:var(--panel);border:1px solid var(--faint);border-radius:8px;padding:.6rem .7rem;break-inside:avoid}
figure svg{display:block;max-width:100%;height:auto}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}svg .name{fill:var(--ink)}
.real{fill:var(--real)}.synth{fill:none;stroke:var(--synth);stroke-width:1.8;stroke-linejoin:round}.synthbar{fill:var(--synth)}.realline{fill:none;stroke:var(--real);stroke-width:3}
.axis{stroke:var(--faint);stroke-width:1}.box{fill:var(--panel);stroke:var(--soft)}.arrow{fill:none;stroke:var(--soft);stroke-opacity:.55}
details{border-bottom:1px solid var(--faint);padding:.55rem 0}summary{cursor:pointer;font-weight:600}summary span{font-weight:400;color:var(--soft);margin-left:.8rem}
.key{display:inline-block;width:.85em;height:.85em;margin:0 .35em 0 1em;border-radius:2px;vertical-align:-1px}
@media print{main{max-width:none;padding:0}figure,tr{break-inside:avoid}}
)css";

std::string px(double value) {
  char out[32];
  std::snprintf(out, sizeof(out), "%.1f", value);
  return out;
}

// Cuts a text to so many characters.
std::string cut(const std::string &text, size_t most) {
  size_t n = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++n > most) return text.substr(0, i) + "…";
  }
  return text;
}

std::string svg_text(double x, double y, const std::string &text, const std::string &more = "") {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\"" + more + ">" + escape_html(text) + "</text>";
}

std::string rect(const char *cls, double x, double y, double width, double height) {
  return std::string("<rect class=\"") + cls + "\" x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" + px(std::max(0.0, width)) +
         "\" height=\"" + px(std::max(0.0, height)) + "\"/>";
}

std::string line(double x, double y, double x2, double y2) {
  return "<line class=\"axis\" x1=\"" + px(x) + "\" y1=\"" + px(y) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) + "\"/>";
}

std::string svg(const std::string &title, double width, double height, const std::string &inside) {
  return "<svg role=\"img\" width=\"" + px(width) + "\" viewBox=\"0 0 " + px(width) + " " + px(height) + "\"><title>" + escape_html(title) +
         "</title>" + inside + "</svg>";
}

double most_of(const std::vector<double> &a, const std::vector<double> &b) {
  double most = 0;
  for (const auto *values : {&a, &b})
    for (double v : *values) most = std::max(most, v);
  return most > 0 ? most : 1;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        // Control characters are no HTML, whatever a value holds.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  return out;
}

std::string decimals(double value, int digits) {
  if (!std::isfinite(value)) return "–";
  char out[64];
  std::snprintf(out, sizeof(out), "%.*f", digits, std::fabs(value) < 0.5 * std::pow(10, -digits) ? 0.0 : value);
  return out;
}

std::string grouped_digits(double value) {
  std::string text = decimals(value, 0);
  if (!std::isfinite(value)) return text;
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > (value < 0 ? 1 : 0); i -= 3)
    text.insert(static_cast<size_t>(i), ",");
  return text;
}

// Well-formed XML, too: any parser can check it.
std::string html_page(const std::string &title, const std::string &body) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, "
         "initial-scale=1\"/><meta name=\"color-scheme\" content=\"light dark\"/><title>" +
         escape_html(title) + "</title><style>" + style + "</style></head>\n<body><main>\n" + body + "</main></body></html>\n";
}

std::string histogram_svg(const Histogram &h) {
  constexpr double width = 260, height = 96, base = 80, top = 8;
  const size_t n = std::max(h.first.size(), h.second.size());
  const double most = most_of(h.first, h.second), step = width / static_cast<double>(std::max<size_t>(n, 1));
  std::string inside, path;
  auto at = [&](double share) { return base - (base - top) * share / most; };
  for (size_t i = 0; i < h.first.size(); ++i)
    inside += rect("real", static_cast<double>(i) * step, at(h.first[i]), step - 0.6, base - at(h.first[i]));
  for (size_t i = 0; i < h.second.size(); ++i) {
    const double x = static_cast<double>(i) * step;
    path += (i == 0 ? "M" : "L") + px(x) + " " + px(at(h.second[i])) + "L" + px(x + step) + " " + px(at(h.second[i]));
  }
  if (!path.empty()) inside += "<path class=\"synth\" d=\"" + path + "\"/>";
  inside += line(0, base, width, base) + svg_text(0, height - 3, h.low) + svg_text(width, height - 3, h.high, " text-anchor=\"end\"");
  return svg(h.title, width, height, inside);
}

std::string bars_svg(const Bars &b) {
  constexpr double width = 260, row = 19, left = 108;
  const double most = most_of(b.first, b.second);
  std::string inside;
  for (size_t i = 0; i < b.labels.size(); ++i) {
    const double y = static_cast<double>(i) * row, room = width - left - 36;
    inside += svg_text(left - 6, y + 12, cut(b.labels[i], 17), " text-anchor=\"end\" class=\"name\"");
    inside += rect("real", left, y + 2, room * b.first[i] / most, 8) + rect("synthbar", left, y + 11, room * b.second[i] / most, 4);
    inside += svg_text(left + room * std::max(b.first[i], b.second[i]) / most + 4, y + 12, decimals(100 * b.second[i], 1));
  }
  return svg(b.title, width, row * static_cast<double>(std::max<size_t>(1, b.labels.size())) + 2, inside);
}

std::string curves_svg(const Curves &c) {
  constexpr double width = 260, height = 110, base = 92, top = 8;
  double most = 1;
  for (const auto *points : {&c.first, &c.second})
    for (const auto &point : *points) most = std::max(most, point.first);
  auto x = [&](double v) { return width * std::log1p(std::max(0.0, v)) / std::log1p(most); };
  auto y = [&](double share) { return base - (base - top) * std::clamp(share, 0.0, 1.0); };
  auto path = [&](const std::vector<std::pair<double, double>> &points) {
    std::string out;
    double before = 0;
    for (const auto &[v, share] : points) {
      out += (out.empty() ? "M" + px(x(v)) + " " + px(y(0)) : "L" + px(x(v)) + " " + px(y(before))) + "L" + px(x(v)) + " " + px(y(share));
      before = share;
    }
    return out.empty() ? out : out + "L" + px(width) + " " + px(y(before));
  };
  std::string inside = line(0, base, width, base) + line(0, top, width, top);
  if (!c.first.empty()) inside += "<path class=\"realline\" d=\"" + path(c.first) + "\"/>";
  if (!c.second.empty()) inside += "<path class=\"synth\" d=\"" + path(c.second) + "\"/>";
  inside += svg_text(0, height - 4, "0") + svg_text(width, height - 4, grouped_digits(most), " text-anchor=\"end\"") +
            svg_text(width / 2, height - 4, "children per parent", " text-anchor=\"middle\"");
  return svg(c.title, width, height, inside);
}

std::string heat_svg(const HeatMap &m) {
  constexpr double left = 92, top = 6, cell = 20;
  const size_t n = m.names.size();
  std::string inside;
  for (size_t i = 0; i < n; ++i) {
    inside += svg_text(left - 5, top + cell * static_cast<double>(i) + 14, cut(m.names[i], 14), " text-anchor=\"end\" class=\"name\"");
    for (size_t k = 0; k < n; ++k) {
      const double v = m.values[i * n + k];
      if (!std::isfinite(v) || i == k) continue;
      const char *color = m.differences && v < 0 ? "var(--real)" : "var(--synth)";
      inside += "<rect x=\"" + px(left + cell * static_cast<double>(k)) + "\" y=\"" + px(top + cell * static_cast<double>(i)) +
                "\" width=\"18\" height=\"18\" rx=\"2\" fill=\"" + color + "\" fill-opacity=\"" +
                decimals(std::clamp(0.04 + std::fabs(v), 0.0, 1.0), 2) + "\"><title>" + escape_html(m.names[i] + ", " + m.names[k]) + ": " +
                decimals(v, 2) + "</title></rect>";
    }
  }
  return svg(m.title, left + cell * static_cast<double>(n) + 4, top + cell * static_cast<double>(n) + 4, inside);
}

std::string diagram_svg(const Diagram &d) {
  constexpr double box = 150, high = 40, gap = 22, between = 46;
  constexpr int across = 7;
  // Each layer in rows of a few boxes.
  std::map<int, std::vector<int>> layers;
  for (size_t i = 0; i < d.boxes.size(); ++i) layers[d.boxes[i].layer].push_back(static_cast<int>(i));
  std::vector<std::pair<double, double>> at(d.boxes.size());
  size_t widest = 1;
  for (const auto &[layer, members] : layers) widest = std::max(widest, std::min<size_t>(members.size(), across));
  const double width = static_cast<double>(widest) * (box + gap) - gap + 4;
  double y = 2;
  for (const auto &[layer, members] : layers) {
    for (size_t begin = 0; begin < members.size(); begin += across) {
      const size_t n = std::min<size_t>(across, members.size() - begin);
      double x = 2 + (width - 4 - (static_cast<double>(n) * (box + gap) - gap)) / 2;
      for (size_t i = begin; i < begin + n; ++i, x += box + gap) at[static_cast<size_t>(members[i])] = {x, y};
      y += high + (begin + n < members.size() ? gap / 2 : between);
    }
  }
  std::string arrows, boxes;
  for (const auto &[from, to] : d.arrows) {
    const auto &a = at[static_cast<size_t>(from)], &b = at[static_cast<size_t>(to)];
    const double ax = a.first + box / 2, bx = b.first + box / 2;
    const bool down = b.second > a.second;
    const double ay = down ? a.second + high : a.second, by = down ? b.second : b.second + high, bend = from == to ? 0 : (by - ay) / 2;
    if (from == to)
      arrows += "<path class=\"arrow\" d=\"M" + px(a.first + box) + " " + px(a.second + 12) + "c16 -6 16 22 0 16\"/>";
    else
      arrows += "<path class=\"arrow\" marker-end=\"url(#tip)\" d=\"M" + px(ax) + " " + px(ay) + "C" + px(ax) + " " + px(ay + bend) + " " +
                px(bx) + " " + px(by - bend) + " " + px(bx) + " " + px(by) + "\"/>";
  }
  for (size_t i = 0; i < d.boxes.size(); ++i)
    boxes += "<g><title>" + escape_html(d.boxes[i].name) + "</title><rect class=\"box\" rx=\"6\" x=\"" + px(at[i].first) + "\" y=\"" +
             px(at[i].second) + "\" width=\"" + px(box) + "\" height=\"" + px(high) + "\"/>" +
             svg_text(at[i].first + 9, at[i].second + 17, cut(d.boxes[i].name, 20), " class=\"name\"") +
             svg_text(at[i].first + 9, at[i].second + 32, d.boxes[i].note) + "</g>";
  const std::string tip =
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\"><path "
      "d=\"M0 "
      "0L8 4L0 8z\" fill=\"var(--soft)\"/></marker></defs>";
  const double height = std::max(y - between + 4, high);
  return "<svg role=\"img\" width=\"" + px(width) + "\" height=\"" + px(height) + "\" viewBox=\"0 0 " + px(width) + " " + px(height) +
         "\"><title>Tables and foreign keys</title>" + tip + arrows + boxes + "</svg>";
}

std::string html_table(const std::vector<std::string> &heads, const std::vector<std::vector<std::string>> &rows,
                       const std::vector<size_t> &numbers) {
  auto is_number = [&](size_t c) { return std::find(numbers.begin(), numbers.end(), c) != numbers.end(); };
  std::string out = "<div class=\"wide\"><table><thead><tr>";
  for (size_t c = 0; c < heads.size(); ++c) out += (is_number(c) ? "<th class=\"n\">" : "<th>") + escape_html(heads[c]) + "</th>";
  out += "</tr></thead><tbody>";
  for (const auto &row : rows) {
    out += "<tr>";
    for (size_t c = 0; c < row.size(); ++c) out += (is_number(c) ? "<td class=\"n\">" : "<td>") + row[c] + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>";
}

}  // namespace relsynth::core
