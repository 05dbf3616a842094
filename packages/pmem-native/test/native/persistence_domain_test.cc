#include "../../native/core/persistence_domain.h"

#include <sys/types.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

#include <fstream>

#include "../../native/core/sysfs.h"
#include "check.h"

namespace {

namespace fs = std::filesystem;
using nodemm::DeviceType;
using nodemm::PersistenceDomain;

constexpr std::uint64_t kMajor = 259;

// A tree like the kernel's, with regions of persistent memory and block devices on them.
struct Tree {
  const std::string root = check::fresh_folder();

  Tree() {
    fs::create_directories(root + "/dev/block");
    fs::create_directories(root + "/bus/nd");
  }
  void add_region(int number, const char* domain, const std::string& bus = "nd") const {
    const std::string folder = region(number);
    fs::create_directories(folder);
    fs::create_directories(root + "/bus/" + bus);
    fs::create_symlink(root + "/bus/" + bus, folder + "/subsystem");
    if (domain != nullptr) std::ofstream(folder + "/persistence_domain") << domain << "\n";
  }
  [[nodiscard]] std::string region(int number) const {
    return root + "/devices/ndbus0/region" + std::to_string(number);
  }
  void add_block(unsigned minor_number, const std::string& folder) const {
    fs::create_directories(folder);
    fs::create_symlink(folder, root + "/dev/block/259:" + std::to_string(minor_number));
  }
  void stack(const std::string& folder, const std::string& below) const {
    fs::create_directories(folder + "/slaves");
    fs::create_symlink(below, folder + "/slaves/" + nodemm::sysfs::name_of(below));
  }
  [[nodiscard]] PersistenceDomain of(unsigned minor_number) const {
    const auto number = static_cast<std::uint64_t>(makedev(kMajor, minor_number));
    return nodemm::find_persistence_domain(root, DeviceType::block, number);
  }
};

CLAIM("a block device and its partition have the domain of the region that they lie in") {
  const Tree tree;
  tree.add_region(0, "cpu_cache");
  tree.add_region(1, "memory_controller");
  tree.add_block(0, tree.region(0) + "/namespace0.0/block/pmem0");
  tree.add_block(1, tree.region(0) + "/namespace0.0/block/pmem0/pmem0p1");
  tree.add_block(2, tree.region(1) + "/namespace1.0/block/pmem1");
  CHECK(tree.of(0) == PersistenceDomain::cpu_cache);
  CHECK(tree.of(1) == PersistenceDomain::cpu_cache);
  CHECK(tree.of(2) == PersistenceDomain::memory_controller);
}

CLAIM("a platform that says nothing, or something unheard of, is told from no persistent memory") {
  const Tree tree;
  tree.add_region(0, nullptr);
  tree.add_region(1, "");
  tree.add_region(2, "somewhere");
  tree.add_region(3, "cpu_cache", "platform");
  for (int number = 0; number < 4; number++) {
    tree.add_block(static_cast<unsigned>(number), tree.region(number) + "/namespace/block/pmem");
  }
  tree.add_block(4, tree.root + "/devices/virtual/block/loop0");
  for (unsigned number = 0; number < 3; number++) CHECK(tree.of(number) == PersistenceDomain::unreported);
  CHECK(tree.of(3) == PersistenceDomain::none);
  CHECK(tree.of(4) == PersistenceDomain::none);
  CHECK(tree.of(5) == PersistenceDomain::none);
}

CLAIM("a volume over several regions has the furthest of their domains") {
  const Tree tree;
  tree.add_region(0, "cpu_cache");
  tree.add_region(1, "memory_controller");
  const std::string first = tree.region(0) + "/namespace0.0/block/pmem0";
  const std::string second = tree.region(1) + "/namespace1.0/block/pmem1";
  const std::string disk = tree.root + "/devices/pci/block/sda";
  tree.add_block(0, first);
  tree.add_block(1, second);
  tree.add_block(2, disk);
  const std::string same = tree.root + "/devices/virtual/block/dm-0";
  const std::string mixed = tree.root + "/devices/virtual/block/dm-1";
  const std::string outside = tree.root + "/devices/virtual/block/dm-2";
  tree.stack(same, first);
  tree.stack(mixed, same);
  tree.stack(mixed, second);
  tree.stack(outside, first);
  tree.stack(outside, disk);
  tree.add_block(3, same);
  tree.add_block(4, mixed);
  tree.add_block(5, outside);
  CHECK(tree.of(3) == PersistenceDomain::cpu_cache);
  CHECK(tree.of(4) == PersistenceDomain::memory_controller);
  CHECK(tree.of(5) == PersistenceDomain::none);
}

CLAIM("devices that name each other as their parts end the search, with the least promise") {
  const Tree tree;
  const std::string folder = tree.root + "/devices/virtual/block/dm-0";
  tree.stack(folder, folder);
  tree.add_block(0, folder);
  CHECK(tree.of(0) == PersistenceDomain::none);
}

}  // namespace
