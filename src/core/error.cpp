#include "core/error.h"

namespace relsynth::core {

void raise_if_any(const Problems &problems, const std::string &what) {
  if (problems.empty()) return;
  if (problems.size() == 1) {
    const Problem &p = problems.front();
    throw Error(p.state, p.message, p.detail, p.hint);
  }
  std::string detail, hint;
  bool same_state = true;
  for (const Problem &p : problems) {
    same_state = same_state && p.state == problems.front().state;
    if (!detail.empty()) detail += "\n";
    detail += p.message + (p.detail.empty() ? "." : ": " + p.detail);
    if (!p.hint.empty() && hint.find(p.hint) == std::string::npos) hint += (hint.empty() ? "" : " ") + p.hint;
  }
  throw Error(same_state ? problems.front().state : sqlstate::invalid_parameter_value,
              what + ": " + std::to_string(problems.size()) + " problems", detail, hint);
}

}  // namespace relsynth::core
