// A DAX character device (/dev/daxX.Y): a range of persistent memory without a file system, mapped directly.
#pragma once

#include <cstdint>
#include <string>

#include "status.h"

namespace nodemm {

struct DaxDevice {
  // Usable bytes: the device's size, cut to whole alignment units.
  std::uint64_t length = 0;
  // Addresses and lengths of its mappings are multiples of this.
  std::uint64_t alignment = 0;
  // An attribute that every node of the device shares, whatever its path: locked to keep a second opener out.
  std::string identity_path;
};

// What sysfs says of a character device. not_a_file where it is none of DAX; unsupported, with the attribute in
// `detail`, where sysfs does not tell what a mapping needs to know.
Result<DaxDevice> find_dax_device(const std::string& sysfs_root, std::uint64_t device_number);

}  // namespace nodemm
