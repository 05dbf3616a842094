// What Linux tells of devices through small files. The root is an argument, so that a test can lay out a tree of its
// own; elsewhere than on Linux nothing is found, which reads as "no such device".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nodemm::sysfs {

// The text of an attribute without the white space at its end, or the errno value of what prevented reading it.
int read_text(const std::string& path, std::string* text);
// A whole decimal or 0x number, alone in its file. EINVAL where the text is no such number.
int read_number(const std::string& path, std::uint64_t* number);

// The real path of a link or folder; empty where there is none.
std::string resolve(const std::string& path);
// The last part of a path.
std::string name_of(const std::string& path);
// The names in a folder; empty where there is none.
std::vector<std::string> list(const std::string& folder);

}  // namespace nodemm::sysfs
