#include "check.h"

int main() {
  int passed = 0;
  int failed = 0;
  for (const check::Claim& claim : check::claims()) {
    check::failed() = false;
    claim.body();
    if (check::failed()) std::fprintf(stderr, "FAILED %s\n", claim.name);
    (check::failed() ? failed : passed)++;
  }
  for (const std::string& folder : check::folders()) std::filesystem::remove_all(folder);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
