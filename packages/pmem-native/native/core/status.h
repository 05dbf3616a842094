// What a core call returns. The numbers cross into JavaScript (src/status.ts mirrors them, a test compares the two).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace nodemm {

enum class [[nodiscard]] Status : std::int32_t {
  ok = 0,
  wrong_type = 1,
  out_of_range = 2,
  overlap = 3,
  unaligned = 4,
  closed = 5,
  read_only = 6,
  sync_failed = 7,
  fault = 8,
  not_found = 9,
  exists = 10,
  locked = 11,
  permission = 12,
  not_a_file = 13,
  empty_file = 14,
  no_space = 15,
  capacity = 16,
  granularity = 17,
  unsupported = 18,
  system = 19,
  view_too_large = 20,
  views_forbidden = 21,
  foreign_view = 22,
  stopped = 23,
  unreadable = 24,
  lost_source = 25,
};

// Why a call that may fail in many ways failed. JavaScript makes the message; nothing is ever parsed out of `detail`.
struct Failure {
  Status status;
  int error_number = 0;
  // The system call or step that failed, for the message: a string literal.
  const char* step = "";
  std::string detail = {};
  std::uint64_t needed_bytes = 0;
  std::uint64_t free_bytes = 0;
};

struct Done {};

// A value or the failure that prevented it.
template <typename Value = Done>
class [[nodiscard]] Result {
 public:
  Result(Value value) : outcome_(std::move(value)) {}
  Result(Failure failure) : outcome_(std::move(failure)) {}

  [[nodiscard]] bool ok() const { return std::holds_alternative<Value>(outcome_); }
  [[nodiscard]] Value& value() { return std::get<Value>(outcome_); }
  [[nodiscard]] Failure& failure() { return std::get<Failure>(outcome_); }

 private:
  std::variant<Value, Failure> outcome_;
};

}  // namespace nodemm
