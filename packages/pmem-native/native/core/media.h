// What the kernel knows of the health of the medium under a file or device: places that cannot be read, and how often
// the power went without the memory having been saved.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "persistence_domain.h"

namespace nodemm {

// Whether the kernel told. What this user may not see is told apart from what the platform does not have.
enum class Known : std::int32_t { value = 0, forbidden = 1, unsupported = 2 };

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct BadBlocks {
  Known known = Known::unsupported;
  std::string reason;
  // In bytes of the mapped file or device, ascending and apart.
  std::vector<ByteRange> ranges;
};

struct UnsafeShutdowns {
  Known known = Known::unsupported;
  std::string reason;
  // Of all memory modules under the device.
  std::uint64_t count = 0;
};

// Where a file's bytes lie on its block device.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t physical = 0;
  std::uint64_t length = 0;
};

// The text of a `badblocks` attribute, lines of "first-sector count", as byte ranges. False where it has another form.
bool parse_bad_blocks(const std::string& text, std::vector<ByteRange>* ranges);
// The parts of `extents` that lie in `bad`, both on one device, as ranges of the file.
std::vector<ByteRange> within_file(const std::vector<ByteRange>& bad, const std::vector<Extent>& extents);

// Of a DAX device of `length` bytes, by its own place in memory and that of its region.
BadBlocks find_device_bad_blocks(const std::string& sysfs_root, std::uint64_t device_number, std::uint64_t length);
// Of a file on the block device. Where its bytes lie is asked only if the device has bad blocks at all.
BadBlocks find_file_bad_blocks(const std::string& sysfs_root, std::uint64_t device_number, int descriptor);

UnsafeShutdowns count_unsafe_shutdowns(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number);

}  // namespace nodemm
