#include "source.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "dax_device.h"
#include "os/file.h"

namespace nodemm {
namespace {

// Some tens of milliseconds of zeroing in memory; a disk's file system does it at once.
constexpr std::uint64_t kAllocatedAtOnceBytes = std::uint64_t{256} << 20;

Status status_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return Status::not_found;
    case EEXIST:
      return Status::exists;
    case EACCES:
    case EPERM:
    case EROFS:
      return Status::permission;
    case EISDIR:
      return Status::not_a_file;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Status::no_space;
    case EAGAIN:
      return Status::locked;
    default:
      return Status::system;
  }
}

Failure failed(const char* step, int error_number) { return {status_of(error_number), error_number, step}; }

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::uint64_t free_bytes(int descriptor) {
  struct statvfs facts;
  if (fstatvfs(descriptor, &facts) != 0) return 0;
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
}

// The directory entry of a new file is data of the directory, and is lost with the power unless synced as well.
int sync_directory(const std::string& path, bool* synced) {
  *synced = false;
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // A directory that may be written but not read cannot be opened for syncing: reported, not hidden.
  if (!directory.valid()) return errno == EACCES ? 0 : errno;
  const int error_number = os::sync_file(directory.get());
  *synced = error_number == 0;
  // The file system has no such operation (some FUSE and network ones): reported, not hidden.
  return error_number == EINVAL || error_number == ENOTSUP ? 0 : error_number;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (valid()) ::close(number_);
    number_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (valid()) ::close(number_);
}

Source::~Source() {
  // A moved-from source has no descriptor, hence nothing to undo.
  if (descriptor_.valid() && name_ == Name::provisional) ::unlink(path_.c_str());
}

Result<Source> Source::open(const Request& request) {
  if (request.creation == Creation::create) return create(request);
  if (request.creation == Creation::memory || request.creation == Creation::huge_memory) return create_memory(request);
  // Another process may create or remove the file between our two looks; a few turns settle it.
  for (int attempt = 0;; attempt++) {
    Result<Source> opened = open_existing(request);
    const bool missing = !opened.ok() && opened.failure().status == Status::not_found;
    if (!missing || request.creation == Creation::open) return opened;
    Result<Source> made = create(request);
    const bool raced = !made.ok() && made.failure().status == Status::exists;
    if (!raced || attempt == 3) return made;
  }
}

Result<Source> Source::open_existing(const Request& request) {
  // Looked at before it is opened, because opening a device or a pipe can act on it or wait.
  struct stat facts;
  if (::stat(request.path.c_str(), &facts) != 0) return failed("stat", errno);
  if (S_ISCHR(facts.st_mode)) return open_device(request);
  if (!S_ISREG(facts.st_mode)) return Failure{Status::not_a_file, 0, "stat"};
  const int flags = (request.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  Descriptor descriptor(::open(request.path.c_str(), flags));
  if (!descriptor.valid()) return failed("open", errno);

  Source source(std::move(descriptor), request);
  if (!request.beside) {
    if (Result<> locked = source.lock(); !locked.ok()) return locked.failure();
  }
  if (Result<> inspected = source.inspect(request.sysfs_root); !inspected.ok()) return inspected.failure();
  if (source.length_ == 0) return Failure{Status::empty_file, 0, "fstat"};
  if (!source.read_only_ && !request.beside) {
    // A hole would be filled at its first store, where a full disk can only answer with SIGBUS.
    Result<> allocated = source.allocate(0, source.length_, request.stop);
    if (!allocated.ok()) return allocated.failure();
    // What a killed process left unsynced is read as valid from now on, so it must be durable first.
    if (Result<> synced = source.sync(); !synced.ok()) return synced.failure();
  }
  return source;
}

// Nothing of a device is allocated or synced: all of it is there, and a flushed line is durable.
Result<Source> Source::open_device(const Request& request) {
  struct stat facts;
  if (::stat(request.path.c_str(), &facts) != 0) return failed("stat", errno);
  const dev_t number = facts.st_rdev;
  Result<DaxDevice> device = find_dax_device(request.sysfs_root, number);
  if (!device.ok()) return device.failure();
  if (request.read_only) return Failure{Status::unsupported, 0, "private mapping"};
  Descriptor descriptor(::open(request.path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!descriptor.valid()) return failed("open", errno);
  if (fstat(descriptor.get(), &facts) != 0) return failed("fstat", errno);
  // Another file may have taken the path since it was looked at.
  if (!S_ISCHR(facts.st_mode) || facts.st_rdev != number) return Failure{Status::not_a_file, 0, "fstat"};

  Source source(std::move(descriptor), request);
  source.kind_ = SourceKind::dax_device;
  source.length_ = device.value().length;
  source.unit_ = device.value().alignment;
  source.persistence_domain_ = find_persistence_domain(request.sysfs_root, DeviceType::character, number);
  source.bad_blocks_ = find_device_bad_blocks(request.sysfs_root, number, source.length_);
  source.unsafe_shutdowns_ = count_unsafe_shutdowns(request.sysfs_root, DeviceType::character, number);
  if (request.beside) return source;
  // Two locks, because neither sees every opener: the node's own is not seen through another node of the same device,
  // and the attribute's not from a network namespace of its own, which has its own instances of sysfs's files.
  if (Result<> locked = source.lock(); !locked.ok()) return locked.failure();
  source.identity_ = Descriptor(::open(device.value().identity_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.identity_.valid()) return failed("open", errno);
  if (flock(source.identity_.get(), LOCK_EX | LOCK_NB) != 0) {
    const Status status = errno == EWOULDBLOCK ? Status::locked : Status::unsupported;
    return Failure{status, errno, "lock"};
  }
  return source;
}

Result<Source> Source::create(const Request& request) {
  struct stat facts;
  if (::lstat(request.path.c_str(), &facts) == 0) {
    const bool dangling = S_ISLNK(facts.st_mode) && ::stat(request.path.c_str(), &facts) != 0;
    return Failure{Status::exists, EEXIST, dangling ? "dangling link" : "create"};
  }
  if (errno != ENOENT) return failed("create", errno);
  if (request.path.back() == '/') return failed("create", EISDIR);

  int number = -1;
  const std::string directory = directory_of(request.path);
  if (const int error_number = os::create_unnamed(directory.c_str(), 0666, &number); error_number != 0) {
    return failed("create", error_number);
  }
  const bool unnamed = number >= 0;
  if (!unnamed) number = ::open(request.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (number < 0) return failed("create", errno);

  Source source(Descriptor(number), request);
  source.created_ = true;
  source.name_ = unnamed ? Name::unlinked : Name::provisional;
  if (Result<> filled = source.fill_new(request); !filled.ok()) return filled.failure();
  return source;
}

Result<Source> Source::create_memory(const Request& request) {
  int number = -1;
  const bool huge = request.creation == Creation::huge_memory;
  if (const int error_number = os::create_memory(request.path.c_str(), huge, &number); error_number != 0) {
    return Failure{Status::unsupported, error_number, huge ? "huge memory" : "memory"};
  }
  Source source(Descriptor(number), request);
  source.created_ = true;
  source.kind_ = SourceKind::memory;
  if (Result<> filled = source.fill_new(request); !filled.ok()) return filled.failure();
  source.unnamed_ = true;
  return source;
}

Result<> Source::fill_new(const Request& request) {
  if (Result<> locked = lock(); !locked.ok()) return locked;
  if (Result<> inspected = inspect(request.sysfs_root); !inspected.ok()) return inspected;
  if (Result<> allocated = grow(request.size, request.stop); !allocated.ok()) return allocated;
  return sync();
}

Result<> Source::lock() {
  const int error_number = os::lock_file(descriptor_.get(), !read_only_);
  if (error_number == 0) return Done{};
  if (error_number == EAGAIN) return Failure{Status::locked, error_number, "lock"};
  const bool absent = error_number == EINVAL || error_number == ENOSYS || error_number == EOPNOTSUPP;
  return Failure{absent ? Status::unsupported : Status::system, error_number, "lock"};
}

Result<> Source::inspect(const std::string& sysfs_root) {
  struct stat facts;
  if (fstat(descriptor_.get(), &facts) != 0) return failed("fstat", errno);
  if (!S_ISREG(facts.st_mode)) return Failure{Status::not_a_file, 0, "fstat"};
  length_ = static_cast<std::uint64_t>(facts.st_size);
  volatile_medium_ = os::in_memory(descriptor_.get());
  unit_ = os::mapping_unit(descriptor_.get());
  // A file that is being created gets its name later.
  unnamed_ = !created_ && facts.st_nlink == 0;
  if (unnamed_ && volatile_medium_) kind_ = SourceKind::memory;
  persistence_domain_ = find_persistence_domain(sysfs_root, DeviceType::block, facts.st_dev);
  // A file that is being created gets good blocks, as far as the file system knows.
  bad_blocks_ = find_file_bad_blocks(sysfs_root, facts.st_dev, descriptor_.get());
  unsafe_shutdowns_ = count_unsafe_shutdowns(sysfs_root, DeviceType::block, facts.st_dev);
  return Done{};
}

Result<> Source::allocate(std::uint64_t from, std::uint64_t to, const Stop& stop) {
  const auto no_space = [&](int error_number, const char* step, std::uint64_t available) {
    return Failure{Status::no_space, error_number, step, {}, to - from, available};
  };
  if (to > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return no_space(EFBIG, "allocate", free_bytes(descriptor_.get()));
  }
  // Beyond this limit the kernel sends SIGXFSZ, which ends the process, before it returns an error.
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && to > limit.rlim_cur) {
    return no_space(EFBIG, "file size limit", limit.rlim_cur > from ? limit.rlim_cur - from : 0);
  }
  if (os::fully_allocated(descriptor_.get(), to)) return Done{};
  // Refused at once where it cannot fit, rather than by filling the disk first. Only growth is certain to need it all.
  struct statvfs facts;
  const bool known = fstatvfs(descriptor_.get(), &facts) == 0;
  if (known && to > length_ && facts.f_blocks != 0) {
    const std::uint64_t most = static_cast<std::uint64_t>(facts.f_bfree) * facts.f_frsize;
    if (to - length_ > most) return no_space(ENOSPC, "allocate", free_bytes(descriptor_.get()));
  }
  // Without a limit of its own, a file system in memory would take what other processes need until one is killed. Huge
  // pages are set aside for this use.
  if (known && volatile_medium_ && facts.f_blocks == 0 && unit_ == page_bytes()) {
    const std::uint64_t available = os::available_memory();
    if (to - std::min(to, os::allocated_bytes(descriptor_.get())) > available) {
      return no_space(ENOMEM, "allocate", available);
    }
  }
  const std::uint64_t step = std::max(kAllocatedAtOnceBytes, unit_);
  for (std::uint64_t at = from; at < to;) {
    if (stop()) return Failure{Status::stopped, 0, "allocate"};
    const std::uint64_t end = std::min(to, at + step);
    const int error_number = os::allocate_file(descriptor_.get(), at, end);
    if (status_of(error_number) == Status::no_space) {
      return no_space(error_number, "allocate", free_bytes(descriptor_.get()));
    }
    if (error_number != 0) return failed("allocate", error_number);
    at = end;
  }
  return Done{};
}

Result<> Source::grow(std::uint64_t length, const Stop& stop) {
  if (fixed()) return Failure{Status::capacity, 0, "device", {}, length, length_};
  if (beside_) return Failure{Status::unsupported, 0, "beside"};
  // A file of huge pages is whole pages long, so that no mapped page lies past its end.
  const std::uint64_t end = unit_ > page_bytes() ? whole_units(length, unit_) : length;
  if (Result<> allocated = allocate(length_, end, stop); !allocated.ok()) {
    if (ftruncate(descriptor_.get(), static_cast<off_t>(length_)) != 0) return failed("truncate", errno);
    return allocated;
  }
  length_ = length;
  return Done{};
}

Result<> Source::sync() {
  // A device has no file system between: what is flushed is there.
  if (kind_ == SourceKind::dax_device) return Done{};
  const int error_number = os::sync_file(descriptor_.get());
  if (error_number == 0) return Done{};
  return Failure{Status::sync_failed, error_number, "fsync"};
}

void Source::shrink(std::uint64_t length) {
  // Only ever gives back what `grow` added and nobody saw. Where even that fails the file stays longer, all zeros.
  if (ftruncate(descriptor_.get(), static_cast<off_t>(length)) == 0) length_ = length;
}

Result<> Source::publish() {
  if (name_ == Name::durable) return Done{};
  if (name_ == Name::unlinked) {
    if (const int error_number = os::name_file(descriptor_.get(), path_.c_str()); error_number != 0) {
      return failed("create", error_number);
    }
    name_ = Name::provisional;
  }
  if (const int error_number = sync_directory(directory_of(path_), &name_synced_); error_number != 0) {
    return Failure{Status::sync_failed, error_number, "fsync of the directory"};
  }
  name_ = Name::durable;
  return Done{};
}

}  // namespace nodemm
