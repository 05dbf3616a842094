#include "sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "source.h"

namespace nodemm::sysfs {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

int read_text(const std::string& path, std::string* text) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!descriptor.valid()) return errno;
  text->clear();
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(descriptor.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    text->append(buffer, static_cast<std::size_t>(count));
  }
  text->erase(text->find_last_not_of(" \n") + 1);
  return 0;
}

int read_number(const std::string& path, std::uint64_t* number) {
  std::string text;
  if (const int error_number = read_text(path, &text); error_number != 0) return error_number;
  const bool hexadecimal = text.rfind("0x", 0) == 0;
  const std::string digits = hexadecimal ? text.substr(2) : text;
  const char* allowed = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
  if (digits.empty() || digits.find_first_not_of(allowed) != std::string::npos) return EINVAL;
  errno = 0;
  const unsigned long long value = std::strtoull(digits.c_str(), nullptr, hexadecimal ? 16 : 10);
  if (errno != 0) return EINVAL;
  *number = value;
  return 0;
}

std::string resolve(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real == nullptr ? std::string() : std::string(real.get());
}

std::string name_of(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::vector<std::string> list(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseFolder> directory(opendir(folder.c_str()));
  if (directory == nullptr) return names;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace nodemm::sysfs
