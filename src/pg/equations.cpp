#include "pg/equations.h"

#include <algorithm>

namespace relsynth::pg {

namespace {

// The column that a side of an equality stands for, or -1. Casts are looked through on demand: a deparsed CHECK has them where the original
// had none, but computing the column under the cast may lose something, so the side without one is preferred.
int plain_column(Node *node, bool through_casts) {
  for (;;) {
    if (IsA(node, RelabelType)) {
      node = reinterpret_cast<Node *>(reinterpret_cast<RelabelType *>(node)->arg);
    } else if (through_casts && IsA(node, FuncExpr) && reinterpret_cast<FuncExpr *>(node)->funcformat != COERCE_EXPLICIT_CALL &&
               list_length(reinterpret_cast<FuncExpr *>(node)->args) >= 1) {
      node = static_cast<Node *>(linitial(reinterpret_cast<FuncExpr *>(node)->args));
    } else {
      break;
    }
  }
  if (!IsA(node, Var)) return -1;
  Var *var = reinterpret_cast<Var *>(node);
  return var->varno == 1 && var->varattno > 0 ? var->varattno - 1 : -1;
}

struct Finder {
  TupleDesc desc;
  const std::vector<bool> &fixed;
  std::vector<Equation> found;

  bool taken(int column) const {
    return std::any_of(found.begin(), found.end(), [=](const Equation &e) { return e.column == column; });
  }

  // Whether `column` already decides, through equations found before, one of `inputs`.
  bool circular(int column, const std::vector<int> &inputs) const {
    for (const Equation &e : found) {
      if (std::find(inputs.begin(), inputs.end(), e.column) == inputs.end()) continue;
      if (std::find(e.inputs.begin(), e.inputs.end(), column) != e.inputs.end() || circular(column, e.inputs)) return true;
    }
    return false;
  }

  bool take(Node *target, bool through_casts, Node *expression, int check) {
    int column = plain_column(target, through_casts);
    if (column < 0 || fixed[column] || taken(column)) return false;
    std::vector<int> inputs = columns_of(expression, desc->natts);
    for (int input : inputs)
      if (input == column || TupleDescAttr(desc, input)->attgenerated) return false;
    if (circular(column, inputs)) return false;
    Form_pg_attribute attribute = TupleDescAttr(desc, column);
    Node *value = call([=] {
      if (contain_volatile_functions(expression)) return static_cast<Node *>(nullptr);
      return coerce_to_target_type(nullptr, static_cast<Node *>(copyObjectImpl(expression)), exprType(expression), attribute->atttypid,
                                   attribute->atttypmod, COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
    });
    if (!value) return false;
    found.push_back({column, value, check, inputs});
    return true;
  }

  void search(Node *node, int check) {
    if (IsA(node, BoolExpr) && reinterpret_cast<BoolExpr *>(node)->boolop == AND_EXPR) {
      List *arguments = reinterpret_cast<BoolExpr *>(node)->args;
      for (int i = 0; i < list_length(arguments); ++i) search(static_cast<Node *>(list_nth(arguments, i)), check);
      return;
    }
    if (!IsA(node, OpExpr) || list_length(reinterpret_cast<OpExpr *>(node)->args) != 2) return;
    OpExpr *op = reinterpret_cast<OpExpr *>(node);
    Node *left = static_cast<Node *>(linitial(op->args)), *right = static_cast<Node *>(lsecond(op->args));
    if (!call([=] { return op_mergejoinable(op->opno, exprType(left)); })) return;
    if (take(left, false, right, check) || take(right, false, left, check)) return;
    if (!take(left, true, right, check)) take(right, true, left, check);
  }

  // Those that read what others compute come after them.
  void sort() {
    std::vector<Equation> sorted;
    while (!found.empty())
      for (size_t i = 0; i < found.size(); ++i) {
        bool ready = std::none_of(found.begin(), found.end(), [&](const Equation &e) {
          return std::find(found[i].inputs.begin(), found[i].inputs.end(), e.column) != found[i].inputs.end();
        });
        if (!ready) continue;
        sorted.push_back(found[i]);
        found.erase(found.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    found = std::move(sorted);
  }
};

}  // namespace

std::vector<int> columns_of(Node *expression, int columns) {
  Bitmapset *attributes = call([=] {
    Bitmapset *set = nullptr;
    pull_varattnos(expression, 1, &set);
    return set;
  });
  auto has = [=](int attribute) { return bms_is_member(attribute - FirstLowInvalidHeapAttributeNumber, attributes); };
  std::vector<int> found;
  for (int i = 0; i < columns; ++i)
    if (has(0) || has(i + 1)) found.push_back(i);
  return found;
}

std::vector<Equation> find_equations(const std::vector<Node *> &checks, TupleDesc desc, const std::vector<bool> &fixed) {
  Finder finder{desc, fixed, {}};
  for (size_t i = 0; i < checks.size(); ++i) finder.search(checks[i], static_cast<int>(i));
  finder.sort();
  return finder.found;
}

}  // namespace relsynth::pg
