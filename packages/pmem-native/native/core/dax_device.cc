#include "dax_device.h"

#include <cerrno>

#include "mapping.h"
#include "persistence_domain.h"
#include "sysfs.h"

namespace nodemm {
namespace {

Failure untold(const std::string& attribute, int error_number) {
  return {Status::unsupported, error_number, "sysfs", attribute};
}

// Kernels that presented DAX devices as a class kept the alignment with the parent.
int read_alignment(const std::string& folder, std::uint64_t* alignment) {
  const int error_number = sysfs::read_number(folder + "/align", alignment);
  return error_number == ENOENT ? sysfs::read_number(folder + "/device/align", alignment) : error_number;
}

}  // namespace

Result<DaxDevice> find_dax_device(const std::string& sysfs_root, std::uint64_t device_number) {
  const std::string folder = device_folder(sysfs_root, DeviceType::character, device_number);
  if (folder.empty() || sysfs::name_of(sysfs::resolve(folder + "/subsystem")) != "dax") {
    return Failure{Status::not_a_file, 0, "stat"};
  }
  DaxDevice device;
  device.identity_path = folder + "/size";
  std::uint64_t size = 0;
  if (const int error_number = sysfs::read_number(device.identity_path, &size); error_number != 0) {
    return untold(device.identity_path, error_number);
  }
  if (const int error_number = read_alignment(folder, &device.alignment); error_number != 0) {
    return untold(folder + "/align", error_number);
  }
  const std::uint64_t unit = device.alignment;
  if (unit < page_bytes() || (unit & (unit - 1)) != 0) return untold(folder + "/align", EINVAL);
  device.length = size / unit * unit;
  if (device.length == 0) return Failure{Status::empty_file, 0, "device", {}, unit, size};
  return device;
}

}  // namespace nodemm
