// graph: foreign keys as edges parent -> child; which of them to cut so that tables have an order. Input: Schema; output: Graph.
#include "core/graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <functional>
#include <map>
#include <queue>
#include <tuple>
#include <utility>

#include "core/plan.h"

namespace relsynth::core {

namespace {

using Edges =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, boost::property<boost::edge_index_t, int>>;

// Place of each table by schema and name, external ones last: what every tie is broken by, so that nothing depends on oids.
std::vector<int> rank_tables(const Schema &schema) {
  std::vector<int> by_name(schema.tables.size()), rank(schema.tables.size());
  for (size_t i = 0; i < by_name.size(); ++i) by_name[i] = static_cast<int>(i);
  auto key = [&](int t) { return std::tie(schema.tables[t].external, schema.tables[t].schema, schema.tables[t].name); };
  std::sort(by_name.begin(), by_name.end(), [&](int a, int b) { return std::make_pair(key(a), a) < std::make_pair(key(b), b); });
  for (size_t i = 0; i < by_name.size(); ++i) rank[by_name[i]] = static_cast<int>(i);
  return rank;
}

// An edge of the order: external tables are sources, self references order nothing.
bool orders(const Schema &schema, const ForeignKey &fk) { return !fk.self() && !schema.tables[fk.child].external; }

Edges uncut_edges(const Schema &schema, const std::vector<uint8_t> &cut) {
  Edges edges(schema.tables.size());
  for (size_t f = 0; f < schema.foreign_keys.size(); ++f) {
    const ForeignKey &fk = schema.foreign_keys[f];
    if (!cut[f] && orders(schema, fk)) boost::add_edge(fk.parent, fk.child, static_cast<int>(f), edges);
  }
  return edges;
}

// Components numbered by their first table in rank.
std::vector<int> components(const Edges &edges, const std::vector<int> &rank) {
  size_t n = boost::num_vertices(edges);
  std::vector<int> raw(n), out(n), by_rank(n);
  if (n == 0) return out;
  boost::strong_components(edges, boost::make_iterator_property_map(raw.begin(), boost::get(boost::vertex_index, edges)));
  for (size_t t = 0; t < n; ++t) by_rank[rank[t]] = static_cast<int>(t);
  std::map<int, int> numbers;
  for (int t : by_rank) out[t] = numbers.emplace(raw[t], static_cast<int>(numbers.size())).first->second;
  return out;
}

// What cutting a foreign key costs; see graph.h.
using Cost = std::tuple<bool, bool, bool, bool, bool>;
Cost cost_of(const Schema &schema, const ForeignKey &fk) {
  // Others copy what a cut key writes before it is there.
  bool copied = std::any_of(schema.foreign_keys.begin(), schema.foreign_keys.end(), [&](const ForeignKey &other) {
    if (other.parent != fk.child || !orders(schema, other)) return false;
    return std::any_of(other.parent_columns.begin(), other.parent_columns.end(),
                       [&](int c) { return std::count(fk.child_columns.begin(), fk.child_columns.end(), c) > 0; });
  });
  bool in_key = false;
  for (const UniqueKey &key : schema.tables[fk.child].keys)
    for (int c : key.columns) in_key = in_key || std::count(fk.child_columns.begin(), fk.child_columns.end(), c) > 0;
  return {copied, in_key, !fk.nullable, !fk.declared, !fk.deferrable};
}

// Foreign keys from one table to one other stand or fall together: a cycle through one of them runs through all.
struct Bundle {
  Cost cost{};  // of the dearest
  std::vector<int> members;
  std::vector<std::string> names;
};

// Cuts the cheapest bundle of every component of more than one table; the cut foreign keys, none when there is no such component.
std::vector<int> cut_cheapest(const Schema &schema, const std::vector<int> &rank, std::vector<uint8_t> &cut) {
  std::vector<int> component = components(uncut_edges(schema, cut), rank);
  std::map<int, std::map<std::pair<int, int>, Bundle>> cyclic;  // component -> (child, parent) by rank -> bundle
  for (size_t f = 0; f < schema.foreign_keys.size(); ++f) {
    const ForeignKey &fk = schema.foreign_keys[f];
    if (cut[f] || !orders(schema, fk) || component[fk.parent] != component[fk.child]) continue;
    Bundle &bundle = cyclic[component[fk.child]][{rank[fk.child], rank[fk.parent]}];
    bundle.cost = std::max(bundle.cost, cost_of(schema, fk));
    bundle.members.push_back(static_cast<int>(f));
    bundle.names.push_back(fk.name);
  }
  std::vector<int> done;
  for (auto &[c, bundles] : cyclic) {
    const Bundle *cheapest = nullptr;
    for (auto &[tables, bundle] : bundles) {
      std::sort(bundle.names.begin(), bundle.names.end());
      if (!cheapest || std::make_tuple(bundle.cost, bundle.members.size(), bundle.names) <
                           std::make_tuple(cheapest->cost, cheapest->members.size(), cheapest->names))
        cheapest = &bundle;
    }
    for (int f : cheapest->members) cut[f] = 1;
    done.insert(done.end(), cheapest->members.begin(), cheapest->members.end());
  }
  return done;
}

// Whether `to` can be reached from `from`.
bool reaches(const Edges &edges, int from, int to) {
  std::vector<uint8_t> seen(boost::num_vertices(edges));
  std::vector<int> open{from};
  while (!open.empty()) {
    int t = open.back();
    open.pop_back();
    if (t == to) return true;
    if (seen[t]++) continue;
    for (auto [e, end] = boost::out_edges(t, edges); e != end; ++e) open.push_back(static_cast<int>(boost::target(*e, edges)));
  }
  return false;
}

// A later cut can make an earlier one needless: takes those back, the dearest (cut last) first.
void restore_needless(const Schema &schema, const std::vector<int> &done, std::vector<uint8_t> &cut) {
  for (size_t i = done.size(); i-- > 0;) {
    const ForeignKey &fk = schema.foreign_keys[done[i]];
    if (!reaches(uncut_edges(schema, cut), fk.child, fk.parent)) cut[done[i]] = 0;
  }
}

// Kahn's order, the first by rank of all tables that are ready.
void order_tables(const Edges &edges, const std::vector<int> &rank, Graph &graph) {
  size_t n = boost::num_vertices(edges);
  std::vector<int> waiting(n);
  for (auto [e, end] = boost::edges(edges); e != end; ++e) ++waiting[boost::target(*e, edges)];
  using Entry = std::pair<int, int>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  for (size_t t = 0; t < n; ++t)
    if (!waiting[t]) ready.push({rank[t], static_cast<int>(t)});
  graph.depth.assign(n, 0);
  while (!ready.empty()) {
    int t = ready.top().second;
    ready.pop();
    graph.order.push_back(t);
    for (auto [e, end] = boost::out_edges(t, edges); e != end; ++e) {
      int child = static_cast<int>(boost::target(*e, edges));
      graph.depth[child] = std::max(graph.depth[child], graph.depth[t] + 1);
      if (--waiting[child] == 0) ready.push({rank[child], child});
    }
  }
}

// A DOT string: quotes and backslashes escaped, line breaks as \n.
std::string dot_string(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c != '\r')
      out += c;
  }
  return out + "\"";
}

std::string dot_node(const Schema &schema, const Plan &plan, int t) {
  const Table &table = schema.tables[t];
  TableRole role = plan.tables[t].role;
  const char *shape = role == TableRole::Keep       ? "box3d"
                      : role == TableRole::External ? "ellipse"
                      : role == TableRole::Skip     ? "note"
                                                    : "box";
  std::string label = schema.names.size() > 1 || table.external ? table.qualified() : table.name;
  return "  t" + std::to_string(t) + " [label=" + dot_string(label) + ", shape=" + shape + ", role=" + dot_string(name_of(role)) + "];\n";
}

std::string dot_edge(const ForeignKey &fk, FkRole role) {
  const char *style = role == FkRole::Driver ? "bold" : role == FkRole::Cut ? "dashed" : "solid";
  return "  t" + std::to_string(fk.child) + " -> t" + std::to_string(fk.parent) + " [label=" + dot_string(fk.name + "\n" + name_of(role)) +
         ", role=" + dot_string(name_of(role)) + ", nullable=" + (fk.nullable ? "true" : "false") + ", style=" + style +
         (fk.nullable ? ", arrowtail=odot, dir=both" : "") + "];\n";
}

}  // namespace

Graph build_graph(const Schema &schema) {
  Graph graph;
  std::vector<int> rank = rank_tables(schema);
  graph.cut.assign(schema.foreign_keys.size(), 0);
  graph.component = components(uncut_edges(schema, graph.cut), rank);
  std::map<int, std::vector<int>> members;
  for (size_t t = 0; t < schema.tables.size(); ++t) members[graph.component[t]].push_back(static_cast<int>(t));
  for (auto &[c, tables] : members) {
    if (tables.size() < 2) continue;
    std::sort(tables.begin(), tables.end(), [&](int a, int b) { return rank[a] < rank[b]; });
    graph.cycles.push_back(tables);
  }
  std::vector<int> done;
  for (std::vector<int> more = cut_cheapest(schema, rank, graph.cut); !more.empty(); more = cut_cheapest(schema, rank, graph.cut))
    done.insert(done.end(), more.begin(), more.end());
  restore_needless(schema, done, graph.cut);
  order_tables(uncut_edges(schema, graph.cut), rank, graph);
  return graph;
}

std::string to_dot(const Schema &schema, const Plan &plan) {
  std::string out = "digraph relsynth {\n  rankdir=BT;\n  node [fontname=\"Helvetica\"];\n  edge [fontname=\"Helvetica\", fontsize=10];\n";
  for (int t : plan.graph.order) out += dot_node(schema, plan, t);
  for (int t : plan.graph.order)
    for (size_t i = 0; i < schema.tables[t].foreign_keys.size(); ++i)
      out += dot_edge(schema.foreign_keys[schema.tables[t].foreign_keys[i]], plan.tables[t].fk_roles[i]);
  return out + "}\n";
}

}  // namespace relsynth::core
