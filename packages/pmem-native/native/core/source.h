// An opened, locked file, DAX device or piece of memory that a region maps.
//
// Invariants: while a Source lives, its descriptor is open (O_CLOEXEC) and its lock is held, exclusive for writing and
// shared for reading; the lock was taken before anything of the file was read or changed, and the kernel drops it on
// any death. Only who opens beside another has none, and knows it. The lock belongs to the open file description, so a
// second opening is refused wherever it comes from: another process, another thread, another name of the same file. A
// DAX device's lock holds for every node of the device. A file that is being created has no name until `publish`, or
// loses it again when the Source dies first.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "mapping.h"
#include "media.h"
#include "persistence_domain.h"
#include "status.h"

namespace nodemm {

// The last two make nameless memory, of huge pages where said.
enum class Creation : std::int32_t { open = 0, create = 1, open_or_create = 2, memory = 3, huge_memory = 4 };
enum class SourceKind : std::int32_t { file = 0, dax_device = 1, memory = 2 };

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

// Asked between the steps of what takes long: whether to give up. On any thread.
using Stop = std::function<bool()>;
inline bool never() { return false; }

class Source {
 public:
  struct Request {
    // Of memory: a label for people, seen in /proc.
    std::string path;
    Creation creation = Creation::open;
    bool read_only = false;
    // Bytes of a file to be created.
    std::uint64_t size = 0;
    // Where the kernel tells of devices; another tree in tests.
    std::string sysfs_root = "/sys";
    // Take no lock, and leave allocation to the opener that holds it: for readers beside a writer.
    bool beside = false;
    Stop stop = never;
  };

  // Opens or creates, locks, and makes every byte really allocated and synced. Nothing of an existing file changes
  // but holes, which become zeros.
  static Result<Source> open(const Request& request);

  Source(Source&&) = default;
  Source& operator=(Source&&) = delete;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source();

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] std::uint64_t length() const { return length_; }
  [[nodiscard]] SourceKind kind() const { return kind_; }
  // Offsets and lengths of its mappings are multiples of this: a page, a huge one, or a DAX device's alignment.
  [[nodiscard]] std::uint64_t unit() const { return unit_; }
  // Whether it can never be longer.
  [[nodiscard]] bool fixed() const { return kind_ == SourceKind::dax_device; }
  [[nodiscard]] PersistenceDomain persistence_domain() const { return persistence_domain_; }
  [[nodiscard]] const BadBlocks& bad_blocks() const { return bad_blocks_; }
  [[nodiscard]] const UnsafeShutdowns& unsafe_shutdowns() const { return unsafe_shutdowns_; }
  [[nodiscard]] bool created() const { return created_; }
  [[nodiscard]] bool read_only() const { return read_only_; }
  // Whether the file system keeps its files in memory only.
  [[nodiscard]] bool volatile_medium() const { return volatile_medium_; }
  // Whether it has no name, so that nothing of it is left once nobody has it open.
  [[nodiscard]] bool unnamed() const { return unnamed_; }
  // Whether the file system could sync the directory that a new file was put into.
  [[nodiscard]] bool name_synced() const { return name_synced_; }

  // Gives a created file its name, durably. The last step of creation: before it, failure leaves nothing behind.
  Result<> publish();
  // Lengthens the file with allocated zeros. On failure, `stopped` included, the file has its old length. Unsupported
  // without the lock: who holds it may have made the file longer, and an undone growth would cut off what it stored.
  Result<> grow(std::uint64_t length, const Stop& stop = never);
  // Makes a completed growth durable.
  Result<> sync();
  // Undoes a growth that could not be mapped.
  void shrink(std::uint64_t length);

 private:
  Source(Descriptor descriptor, const Request& request) : descriptor_(std::move(descriptor)), path_(request.path) {
    read_only_ = request.read_only;
    beside_ = request.beside;
  }

  static Result<Source> open_existing(const Request& request);
  static Result<Source> open_device(const Request& request);
  static Result<Source> create(const Request& request);
  static Result<Source> create_memory(const Request& request);
  Result<> fill_new(const Request& request);
  Result<> lock();
  Result<> inspect(const std::string& sysfs_root);
  Result<> allocate(std::uint64_t from, std::uint64_t to, const Stop& stop);

  enum class Name { durable, unlinked, provisional };

  Descriptor descriptor_;
  // Of a device: the attribute that carries the lock for all of its nodes.
  Descriptor identity_;
  std::string path_;
  std::uint64_t length_ = 0;
  std::uint64_t unit_ = page_bytes();
  SourceKind kind_ = SourceKind::file;
  PersistenceDomain persistence_domain_ = PersistenceDomain::none;
  BadBlocks bad_blocks_;
  UnsafeShutdowns unsafe_shutdowns_;
  Name name_ = Name::durable;
  bool created_ = false;
  bool read_only_ = false;
  // Without the lock.
  bool beside_ = false;
  bool volatile_medium_ = false;
  bool unnamed_ = false;
  bool name_synced_ = true;
};

}  // namespace nodemm
