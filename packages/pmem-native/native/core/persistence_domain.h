// How far a store must get on this machine to be safe from a power failure, as the platform reports it for the
// persistent-memory regions (libnvdimm's) that a device lies on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nodemm {

// From the nearest to the processor; of several regions the furthest counts.
enum class PersistenceDomain : std::int32_t {
  // The caches are flushed by stored energy (eADR): a fence suffices.
  cpu_cache = 0,
  // A store must have left the caches (ADR).
  memory_controller = 1,
  // On persistent memory, but the platform says nothing.
  unreported = 2,
  // No persistent-memory region was found under the device.
  none = 3,
};

enum class DeviceType { character, block };

// The folder of a device in sysfs, with links resolved; empty where the tree has none.
std::string device_folder(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number);

// The folders of the regions under a device: several under a mapped or striped volume. False where it, or a part of it,
// lies in none.
bool find_regions(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number,
                  std::vector<std::string>* regions);

// Of several regions the furthest domain.
PersistenceDomain find_persistence_domain(const std::string& sysfs_root, DeviceType type, std::uint64_t device_number);

}  // namespace nodemm
