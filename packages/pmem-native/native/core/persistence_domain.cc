#include "persistence_domain.h"

#include <sys/types.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

#include <algorithm>
#include <vector>

#include "sysfs.h"

namespace nodemm {
namespace {

// Deeper than any stack of block devices; ends a loop of links.
constexpr int kMostLayers = 8;

PersistenceDomain domain_of_region(const std::string& region) {
  std::string text;
  if (sysfs::read_text(region + "/persistence_domain", &text) != 0) return PersistenceDomain::unreported;
  if (text == "cpu_cache") return PersistenceDomain::cpu_cache;
  return text == "memory_controller" ? PersistenceDomain::memory_controller : PersistenceDomain::unreported;
}

bool is_region(const std::string& folder) {
  const std::string name = sysfs::name_of(folder);
  const bool named = name.rfind("region", 0) == 0 && name.size() > 6 && name[6] >= '0' && name[6] <= '9';
  return named && sysfs::name_of(sysfs::resolve(folder + "/subsystem")) == "nd";
}

// Collects the region that a device's folder lies in, or those of the devices that it is made of. False where a part of
// it lies in none.
bool collect(const std::string& device, int layers, std::vector<std::string>* regions) {
  for (std::string folder = device; folder.size() > 1; folder.erase(folder.find_last_of('/'))) {
    if (is_region(folder)) {
      regions->push_back(folder);
      return true;
    }
    if (layers == 0) continue;
    const std::vector<std::string> slaves = sysfs::list(folder + "/slaves");
    if (slaves.empty()) continue;
    return std::all_of(slaves.begin(), slaves.end(), [&](const std::string& slave) {
      return collect(sysfs::resolve(folder + "/slaves/" + slave), layers - 1, regions);
    });
  }
  return false;
}

}  // namespace

std::string device_folder(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number) {
  const auto device = static_cast<dev_t>(device_number);
  const std::string number = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  return sysfs::resolve(sysfs_root + (type == DeviceType::block ? "/dev/block/" : "/dev/char/") + number);
}

bool find_regions(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number,
                  std::vector<std::string>* regions) {
  return collect(device_folder(sysfs_root, type, device_number), kMostLayers, regions);
}

PersistenceDomain find_persistence_domain(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number) {
  std::vector<std::string> regions;
  if (!find_regions(sysfs_root, type, device_number, &regions)) return PersistenceDomain::none;
  PersistenceDomain furthest = PersistenceDomain::cpu_cache;
  for (const std::string& region : regions) furthest = std::max(furthest, domain_of_region(region));
  return furthest;
}

}  // namespace nodemm
