// Errors of the core: what PostgreSQL needs to report them, without PostgreSQL.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace relsynth::core {

// The SQLSTATEs that relsynth raises itself, by their PostgreSQL condition names.
namespace sqlstate {
inline constexpr const char *feature_not_supported = "0A000";
inline constexpr const char *data_exception = "22000";
inline constexpr const char *invalid_parameter_value = "22023";
inline constexpr const char *invalid_schema_name = "3F000";
inline constexpr const char *undefined_table = "42P01";
inline constexpr const char *undefined_column = "42703";
inline constexpr const char *undefined_object = "42704";
inline constexpr const char *duplicate_table = "42P07";
inline constexpr const char *insufficient_privilege = "42501";
inline constexpr const char *unique_violation = "23505";
inline constexpr const char *check_violation = "23514";
inline constexpr const char *foreign_key_violation = "23503";
inline constexpr const char *not_null_violation = "23502";
inline constexpr const char *exclusion_violation = "23P01";
inline constexpr const char *invalid_binary_representation = "22P03";
inline constexpr const char *duplicate_object = "42710";
inline constexpr const char *program_limit_exceeded = "54000";
inline constexpr const char *out_of_memory = "53200";
inline constexpr const char *object_not_in_prerequisite_state = "55000";
inline constexpr const char *internal_error = "XX000";
}  // namespace sqlstate

// One error for the user. Style is PostgreSQL's: `message` one line, lower case, no period; `detail` and `hint` full sentences.
class Error : public std::exception {
 public:
  Error(std::string state, std::string message, std::string detail = {}, std::string hint = {})
      : state(std::move(state)), message(std::move(message)), detail(std::move(detail)), hint(std::move(hint)) {}
  const char *what() const noexcept override { return message.c_str(); }

  std::string state, message, detail, hint;
};

// Something that stands in the way of a plan. Stages collect problems so that the user sees all of them at once.
struct Problem {
  std::string state, message, detail, hint;
  bool operator==(const Problem &) const = default;
};
using Problems = std::vector<Problem>;

// Throws nothing when `problems` is empty; the problem itself when there is one; else one error that lists them all in DETAIL.
void raise_if_any(const Problems &problems, const std::string &what);

}  // namespace relsynth::core
