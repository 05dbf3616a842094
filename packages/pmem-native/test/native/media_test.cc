#include "../../native/core/media.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

#include <fstream>

#include "../../native/core/os/file.h"
#include "check.h"

namespace {

namespace fs = std::filesystem;
using nodemm::ByteRange;
using nodemm::DeviceType;
using nodemm::Known;

void write(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << text << "\n";
}

std::string told(const std::vector<ByteRange>& ranges) {
  std::string text;
  for (const ByteRange& range : ranges) {
    text += std::to_string(range.offset) + "+" + std::to_string(range.length) + " ";
  }
  return text;
}

// A tree like the kernel's: one region of two memory modules, a DAX device and a partitioned disk in it.
struct Tree {
  const std::string root = check::fresh_folder();
  const std::string region = root + "/devices/ndbus0/region0";
  const std::string device = region + "/dax0.1/dax0.0";
  const std::string disk = region + "/namespace0.0/block/pmem0";

  Tree() {
    fs::create_directories(root + "/bus/nd");
    fs::create_directories(root + "/dev/block");
    fs::create_directories(root + "/dev/char");
    fs::create_directories(device);
    fs::create_directories(disk + "/pmem0p1");
    fs::create_symlink(root + "/bus/nd", region + "/subsystem");
    fs::create_symlink(device, root + "/dev/char/252:0");
    fs::create_symlink(disk, root + "/dev/block/259:0");
    fs::create_symlink(disk + "/pmem0p1", root + "/dev/block/259:1");
    write(region + "/mappings", "2");
    write(region + "/mapping0", "nmem0,0,8589934592,0");
    write(region + "/mapping1", "nmem1,0,8589934592,1");
    write(root + "/bus/nd/devices/nmem0/nfit/dirty_shutdown", "3");
    write(root + "/bus/nd/devices/nmem1/cxl/dirty_shutdown", "4");
    write(disk + "/pmem0p1/partition", "1");
    write(disk + "/pmem0p1/start", "2048");
  }
  [[nodiscard]] nodemm::BadBlocks of_device(std::uint64_t length = 1 << 20) const {
    return nodemm::find_device_bad_blocks(root, static_cast<std::uint64_t>(makedev(252, 0)), length);
  }
  [[nodiscard]] nodemm::BadBlocks of_file(unsigned minor_number, int descriptor) const {
    return nodemm::find_file_bad_blocks(root, static_cast<std::uint64_t>(makedev(259, minor_number)), descriptor);
  }
  [[nodiscard]] nodemm::UnsafeShutdowns shutdowns() const {
    return nodemm::count_unsafe_shutdowns(root, DeviceType::block, static_cast<std::uint64_t>(makedev(259, 1)));
  }
};

CLAIM("a list of bad blocks is read as bytes, in order, and what has another form is refused") {
  std::vector<ByteRange> ranges;
  CHECK(nodemm::parse_bad_blocks("", &ranges) && ranges.empty());
  CHECK(nodemm::parse_bad_blocks("800 8\n16 1\n", &ranges) && told(ranges) == "8192+512 409600+4096 ");
  for (const char* text : {"8", "8 x", "-1 8", "8,8", "36028797018963968 1", "36028797018963967 36028797018963967"}) {
    CHECK(!nodemm::parse_bad_blocks(text, &ranges));
  }
}

CLAIM("bad blocks of a disk become ranges of the file, cut at its extents and joined across them") {
  const std::vector<nodemm::Extent> extents = {{0, 10'000, 1000}, {1000, 50'000, 1000}, {5000, 11'000, 1000}};
  const auto of = [&](const std::vector<ByteRange>& bad) { return told(nodemm::within_file(bad, extents)); };
  CHECK(of({{0, 10'000}, {12'000, 100}, {51'000, 1}}).empty());
  CHECK(of({{9'000, 1'001}}) == "0+1 ");
  CHECK(of({{10'500, 1'000}}) == "500+500 5000+500 ");
  CHECK(of({{10'900, 100}, {50'000, 10}}) == "900+110 ");
}

CLAIM("a DAX device's bad blocks are its region's, moved by where it begins") {
  const Tree tree;
  write(tree.region + "/badblocks", "8 8\n4104 2\n1000000 1");
  write(tree.region + "/resource", "0x100000000");
  write(tree.device + "/resource", "0x100200000");
  const auto found = tree.of_device();
  CHECK(found.known == Known::value && told(found.ranges) == "4096+1024 ");
}

CLAIM("a DAX device whose region has no bad blocks has none, whoever asks") {
  const Tree tree;
  write(tree.region + "/badblocks", "");
  const auto found = tree.of_device();
  CHECK(found.known == Known::value && found.ranges.empty());
}

CLAIM("a place that this user may not see is told from a kernel that has no list") {
  const Tree tree;
  CHECK(tree.of_device().known == Known::unsupported);
  write(tree.region + "/badblocks", "8 8");
  CHECK(tree.of_device().known == Known::unsupported);
  write(tree.region + "/resource", "0x0");
  CHECK(tree.of_device().known == Known::forbidden);
  CHECK(tree.of_device().reason == "this user may not read " + tree.region + "/resource");
  write(tree.region + "/badblocks", "some");
  CHECK(tree.of_device().known == Known::unsupported);
}

CLAIM("a file's bad blocks are asked of its disk, from the beginning of its partition") {
  const Tree tree;
  const int file = ::open((check::fresh_folder() + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string content(1 << 20, 'x');
  REQUIRE(file >= 0 && ::write(file, content.data(), content.size()) == 1 << 20);
  CHECK(tree.of_file(1, file).known == Known::unsupported);
  write(tree.disk + "/badblocks", "");
  CHECK(tree.of_file(1, file).known == Known::value && tree.of_file(1, file).ranges.empty());
  std::vector<nodemm::Extent> extents;
  const bool placed = nodemm::os::file_extents(file, &extents) == 0 && !extents.empty();
  // A file system that does not say where the bytes lie has no answer once the disk has a bad block.
  const std::uint64_t sector = (placed ? extents[0].physical / 512 : 0) + 2048;
  write(tree.disk + "/badblocks", std::to_string(sector + 1) + " 2");
  const auto found = tree.of_file(1, file);
  if (placed) {
    CHECK(found.known == Known::value);
    CHECK(told(found.ranges) == std::to_string(extents[0].offset + 512) + "+1024 ");
  } else {
    CHECK(found.known == Known::unsupported && found.reason.find("FIEMAP") != std::string::npos);
  }
  fs::create_directories(tree.disk + "/slaves/sda");
  CHECK(tree.of_file(0, file).known == Known::unsupported);
  CHECK(tree.of_file(7, file).known == Known::unsupported);
  close(file);
}

CLAIM("unsafe shutdowns are summed over the modules, each counted once") {
  const Tree tree;
  CHECK(tree.shutdowns().known == Known::value && tree.shutdowns().count == 7);
  write(tree.region + "/mappings", "3");
  write(tree.region + "/mapping2", "nmem1,8589934592,8589934592,2");
  CHECK(tree.shutdowns().count == 7);
}

CLAIM("modules without a count, and no modules at all, are unsupported") {
  const Tree tree;
  fs::remove_all(tree.root + "/bus/nd/devices/nmem1");
  CHECK(tree.shutdowns().known == Known::unsupported);
  CHECK(tree.shutdowns().reason.find("nmem1/*/dirty_shutdown") != std::string::npos);
  write(tree.region + "/mappings", "0");
  CHECK(tree.shutdowns().known == Known::unsupported);
  fs::remove(tree.region + "/mappings");
  CHECK(tree.shutdowns().known == Known::unsupported);
}

}  // namespace
