#include "media.h"

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "os/file.h"
#include "sysfs.h"

namespace nodemm {
namespace {

// The kernel counts bad blocks in these, whatever the device's own sectors are.
constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kMostSectors = UINT64_MAX / kSectorBytes;

bool denied(int error_number) { return error_number == EACCES || error_number == EPERM; }

template <typename Fact>
Fact untold(int error_number, const std::string& attribute) {
  Fact fact;
  fact.known = denied(error_number) ? Known::forbidden : Known::unsupported;
  fact.reason = (denied(error_number) ? "this user may not read " : "the kernel does not tell: no usable ") + attribute;
  return fact;
}

template <typename Fact>
Fact unsupported(const char* reason) {
  Fact fact;
  fact.reason = reason;
  return fact;
}

int read_bad_blocks(const std::string& path, std::vector<ByteRange>* ranges) {
  std::string text;
  if (const int error_number = sysfs::read_text(path, &text); error_number != 0) return error_number;
  return parse_bad_blocks(text, ranges) ? 0 : EINVAL;
}

// The part of a range that lies within [begin, begin + length), counted from `begin`; of length 0 where none does.
ByteRange clip(const ByteRange& range, std::uint64_t begin, std::uint64_t length) {
  const std::uint64_t first = std::max(range.offset, begin);
  const std::uint64_t end = std::min(range.offset + range.length, begin + length);
  return end > first ? ByteRange{first - begin, end - first} : ByteRange{};
}

// A physical address. To those who may not see one the kernel shows zero, or refuses.
int read_address(const std::string& path, std::uint64_t* address) {
  const int error_number = sysfs::read_number(path, address);
  return error_number == 0 && *address == 0 ? EACCES : error_number;
}

// The unsafe shutdowns of one memory module, by whichever of the kernel's drivers has it.
int read_shutdowns(const std::string& module, std::uint64_t* count) {
  for (const char* driver : {"/nfit", "/cxl", "/papr"}) {
    const int error_number = sysfs::read_number(module + driver + "/dirty_shutdown", count);
    if (error_number != ENOENT && error_number != ENOTDIR) return error_number;
  }
  return ENOENT;
}

}  // namespace

bool parse_bad_blocks(const std::string& text, std::vector<ByteRange>* ranges) {
  ranges->clear();
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    std::istringstream figures(line);
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    if (line.find_first_not_of("0123456789 ") != std::string::npos || !(figures >> first >> count)) return false;
    if (first > kMostSectors || count > kMostSectors - first) return false;
    ranges->push_back({first * kSectorBytes, count * kSectorBytes});
  }
  std::sort(ranges->begin(), ranges->end(),
            [](const auto& left, const auto& right) { return left.offset < right.offset; });
  return true;
}

std::vector<ByteRange> within_file(const std::vector<ByteRange>& bad, const std::vector<Extent>& extents) {
  std::vector<ByteRange> found;
  for (const Extent& extent : extents) {
    for (const ByteRange& range : bad) {
      const ByteRange part = clip(range, extent.physical, extent.length);
      if (part.length == 0) continue;
      const std::uint64_t offset = extent.offset + part.offset;
      const bool follows = !found.empty() && found.back().offset + found.back().length == offset;
      if (follows) {
        found.back().length += part.length;
      } else {
        found.push_back({offset, part.length});
      }
    }
  }
  return found;
}

BadBlocks find_device_bad_blocks(const std::string& sysfs_root, std::uint64_t device_number, std::uint64_t length) {
  std::vector<std::string> regions;
  if (!find_regions(sysfs_root, DeviceType::character, device_number, &regions) || regions.size() != 1) {
    return unsupported<BadBlocks>("the device lies on no persistent-memory region that the kernel knows");
  }
  std::vector<ByteRange> bad;
  const std::string list = regions[0] + "/badblocks";
  if (const int error_number = read_bad_blocks(list, &bad); error_number != 0) {
    return untold<BadBlocks>(error_number, list);
  }
  BadBlocks blocks{Known::value, {}, {}};
  if (bad.empty()) return blocks;
  const std::string device = device_folder(sysfs_root, DeviceType::character, device_number);
  std::uint64_t place[2] = {};
  const std::string attributes[2] = {regions[0] + "/resource", device + "/resource"};
  for (int each = 0; each < 2; each++) {
    if (const int error_number = read_address(attributes[each], &place[each]); error_number != 0) {
      return untold<BadBlocks>(error_number, attributes[each]);
    }
  }
  if (place[1] < place[0]) return untold<BadBlocks>(EINVAL, attributes[1]);
  blocks.ranges = within_file(bad, {{0, place[1] - place[0], length}});
  return blocks;
}

BadBlocks find_file_bad_blocks(const std::string& sysfs_root, std::uint64_t device_number, int descriptor) {
  const std::string folder = device_folder(sysfs_root, DeviceType::block, device_number);
  if (folder.empty()) return unsupported<BadBlocks>("the file lies on no block device that the kernel tells of");
  // A partition's list is its disk's, counted from the disk's beginning.
  std::uint64_t start_sectors = 0;
  const bool partition = sysfs::read_number(folder + "/partition", &start_sectors) == 0;
  const std::string disk = partition ? folder.substr(0, folder.find_last_of('/')) : folder;
  if (!sysfs::list(disk + "/slaves").empty()) {
    return unsupported<BadBlocks>("the file lies on a volume of several devices, whose bad blocks are not followed");
  }
  start_sectors = 0;
  if (partition) {
    const int error_number = sysfs::read_number(folder + "/start", &start_sectors);
    if (error_number != 0 || start_sectors > kMostSectors) return untold<BadBlocks>(error_number, folder + "/start");
  }
  std::vector<ByteRange> bad;
  if (const int error_number = read_bad_blocks(disk + "/badblocks", &bad); error_number != 0) {
    return untold<BadBlocks>(error_number, disk + "/badblocks");
  }
  BadBlocks blocks{Known::value, {}, {}};
  if (bad.empty()) return blocks;
  std::vector<Extent> extents;
  if (const int error_number = os::file_extents(descriptor, &extents); error_number != 0) {
    return untold<BadBlocks>(error_number, "list of the file's extents (FIEMAP)");
  }
  for (Extent& extent : extents) extent.physical += start_sectors * kSectorBytes;
  blocks.ranges = within_file(bad, extents);
  return blocks;
}

UnsafeShutdowns count_unsafe_shutdowns(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number) {
  std::vector<std::string> regions;
  if (!find_regions(sysfs_root, type, device_number, &regions)) {
    return unsupported<UnsafeShutdowns>("it lies on no persistent-memory region that the kernel knows");
  }
  std::vector<std::string> modules;
  for (const std::string& region : regions) {
    std::uint64_t mappings = 0;
    if (const int error_number = sysfs::read_number(region + "/mappings", &mappings); error_number != 0) {
      return untold<UnsafeShutdowns>(error_number, region + "/mappings");
    }
    for (std::uint64_t index = 0; index < mappings; index++) {
      // "nmem0,offset,length,position"
      const std::string mapping = region + "/mapping" + std::to_string(index);
      std::string text;
      if (const int error_number = sysfs::read_text(mapping, &text); error_number != 0) {
        return untold<UnsafeShutdowns>(error_number, mapping);
      }
      modules.push_back(text.substr(0, text.find(',')));
    }
  }
  std::sort(modules.begin(), modules.end());
  modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
  if (modules.empty()) return unsupported<UnsafeShutdowns>("the platform names no memory modules under it");
  UnsafeShutdowns shutdowns{Known::value, {}, 0};
  for (const std::string& module : modules) {
    const std::string folder = sysfs_root + "/bus/nd/devices/" + module;
    std::uint64_t count = 0;
    if (const int error_number = read_shutdowns(folder, &count); error_number != 0) {
      return untold<UnsafeShutdowns>(error_number, folder + "/*/dirty_shutdown");
    }
    shutdowns.count += count;
  }
  return shutdowns;
}

}  // namespace nodemm
