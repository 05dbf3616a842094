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

// The region that a device's folder lies in, or those of the devices that it is made of: a mapped or striped volume has
// several, and the furthest domain counts.
PersistenceDomain domain_of(const std::string& device, int layers) {
  for (std::string folder = device; folder.size() > 1; folder.erase(folder.find_last_of('/'))) {
    if (is_region(folder)) return domain_of_region(folder);
    if (layers == 0 || folder.find('/') == std::string::npos) continue;
    const std::vector<std::string> slaves = sysfs::list(folder + "/slaves");
    if (slaves.empty()) continue;
    PersistenceDomain furthest = PersistenceDomain::cpu_cache;
    for (const std::string& slave : slaves) {
      furthest = std::max(furthest, domain_of(sysfs::resolve(folder + "/slaves/" + slave), layers - 1));
    }
    return furthest;
  }
  return PersistenceDomain::none;
}

}  // namespace

std::string device_folder(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number) {
  const auto device = static_cast<dev_t>(device_number);
  const std::string number = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  return sysfs::resolve(sysfs_root + (type == DeviceType::block ? "/dev/block/" : "/dev/char/") + number);
}

PersistenceDomain find_persistence_domain(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number) {
  return domain_of(device_folder(sysfs_root, type, device_number), kMostLayers);
}

}  // namespace nodemm
