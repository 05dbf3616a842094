// The whole test framework of the core: claims register themselves, a failed check is told with its place and counted.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace check {

struct Claim {
  const char* name;
  void (*body)();
};

inline std::vector<Claim>& claims() {
  static std::vector<Claim> all;
  return all;
}

inline bool& failed() {
  static bool flag = false;
  return flag;
}

struct Register {
  Register(const char* name, void (*body)()) { claims().push_back({name, body}); }
};

inline void expect(bool held, const char* expression, const char* file, int line) {
  if (held) return;
  failed() = true;
  std::fprintf(stderr, "  %s:%d: expected %s\n", file, line, expression);
}

// Whether another processor runs this one's instructions.
inline bool emulated() { return std::getenv("NODEMM_TEST_EMULATED") != nullptr; }

inline std::vector<std::string>& folders() {
  static std::vector<std::string> made;
  return made;
}

// A new empty folder, removed at the end. `medium` is a folder such as /dev/shm.
inline std::string fresh_folder(const char* medium = nullptr) {
  std::string pattern = (medium != nullptr ? medium : std::filesystem::temp_directory_path().string()) + "/core-XXXXXX";
  folders().push_back(mkdtemp(pattern.data()));
  return folders().back();
}

}  // namespace check

#define CHECK_JOIN_(a, b) a##b
#define CHECK_JOIN(a, b) CHECK_JOIN_(a, b)
#define CLAIM_(text, name)                                           \
  static void name();                                                \
  static const check::Register CHECK_JOIN(name, _entry)(text, name); \
  static void name()
#define CLAIM(text) CLAIM_(text, CHECK_JOIN(claim_, __LINE__))
#define CHECK(expression) check::expect(static_cast<bool>(expression), #expression, __FILE__, __LINE__)
// Ends the claim where going on makes no sense.
#define REQUIRE(expression)      \
  do {                           \
    CHECK(expression);           \
    if (check::failed()) return; \
  } while (false)
