#include "durability.h"

namespace nodemm {

Durability state_durability(const Source& source, Granularity granularity, bool direct) {
  if (source.read_only()) return {Survives::none, "the region is read-only: nothing stored in it reaches the file"};
  if (source.unnamed()) {
    return {Survives::none, "it has no name: nothing of it is left once no process has it open"};
  }
  if (source.volatile_medium()) {
    return {Survives::process_exit, "the file lives in memory (tmpfs): it survives the process, not the machine"};
  }
  if (source.kind() == SourceKind::dax_device && source.persistence_domain() == PersistenceDomain::none) {
    return {Survives::process_exit,
            "the DAX device lies on no persistent-memory region that the kernel knows: its memory may be volatile"};
  }
  if (granularity == Granularity::page) {
    if (!source.name_synced()) {
      return {Survives::process_exit,
              "the file's pages are synced, but its directory cannot be: its name may be lost with the power"};
    }
    return {Survives::power_failure, "every drain waits until the file system has synced the pages to the device"};
  }
  if (direct && granularity == Granularity::cache_line) {
    return {Survives::power_failure, source.kind() == SourceKind::dax_device
                                         ? "the device is persistent memory (DAX): flushed lines are durable"
                                         : "the file is on persistent memory (MAP_SYNC): flushed lines are durable"};
  }
  if (direct && source.persistence_domain() == PersistenceDomain::cpu_cache) {
    return {Survives::power_failure,
            "the persistence domain includes the processor's caches (eADR): fenced stores are durable"};
  }
  if (direct) {
    return {
        Survives::process_exit,
        "byte granularity is forced, but the processor's caches are not known to be protected against power failure"};
  }
  return {Survives::process_exit,
          "the granularity is forced on a file that is not on persistent memory: stores reach the kernel's page cache, "
          "which survives the process, not a power failure"};
}

}  // namespace nodemm
