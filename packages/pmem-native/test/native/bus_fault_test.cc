#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "../../native/core/region.h"
#include "check.h"

namespace {

using nodemm::Creation;
using nodemm::Granularity;
using nodemm::Region;
using nodemm::Status;

struct Mapped {
  std::string path;
  std::shared_ptr<Region> region;
};

Mapped make(std::uint64_t size) {
  Region::Request request;
  request.source = {check::fresh_folder() + "/file", Creation::create, false, size};
  request.forced = Granularity::byte;
  auto opened = Region::open(request);
  CHECK(opened.ok());
  return {request.source.path, opened.ok() ? opened.value() : nullptr};
}

CLAIM("a read past a truncation gives zeros, and the region reports the fault from then on") {
  const auto [path, region] = make(64 * 4096);
  REQUIRE(region != nullptr);
  CHECK(region->fill(0, 64 * 4096, 9) == Status::ok);
  CHECK(truncate(path.c_str(), 2 * 4096) == 0);
  CHECK(region->base()[4096] == std::byte{9});
  CHECK(region->writable() == Status::ok);
  const volatile std::byte* stale = region->base() + 10 * 4096 + 123;
  CHECK(*stale == std::byte{0});
  CHECK(region->fault_offset() == 10 * 4096 + 123);
  std::uint32_t sum = 0;
  CHECK(region->crc32c(0, 1, 0, &sum) == Status::fault);
  CHECK(region->persist(0, 1) == Status::fault);
  CHECK(region->drain() == Status::fault);
  CHECK(region->fill(0, 1, 1) == Status::fault);
  CHECK(region->base()[4096] == std::byte{9});
}

CLAIM("a fault in the middle of a verb is that verb's answer") {
  const auto [path, region] = make(64 * 4096);
  REQUIRE(region != nullptr);
  CHECK(truncate(path.c_str(), 4096) == 0);
  std::uint32_t sum = 0;
  CHECK(region->crc32c(0, 64 * 4096, 0, &sum) == Status::fault);
  const auto [other_path, other] = make(64 * 4096);
  CHECK(truncate(other_path.c_str(), 4096) == 0);
  CHECK(other->fill(0, 64 * 4096, 1) == Status::fault);
  CHECK(other->fault_offset() >= 4096);
}

#if defined(__linux__)
// How many mappings the kernel keeps within a range of addresses.
int mappings_within(const std::byte* base, std::uint64_t length) {
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  char line[512];
  int count = 0;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line, "%lx-%lx", &begin, &end) != 2) continue;
    const auto first = reinterpret_cast<std::uintptr_t>(base);
    if (begin < first + length && end > first) count++;
  }
  std::fclose(maps);
  return count;
}

CLAIM("touching a truncated file everywhere costs one mapping, not one a page") {
  constexpr std::uint64_t pages = 1000;
  const auto [path, region] = make(pages * 4096);
  REQUIRE(region != nullptr);
  CHECK(truncate(path.c_str(), 0) == 0);
  volatile std::byte* base = region->base();
  for (std::uint64_t page = 0; page < pages; page += 2) base[page * 4096] = std::byte{1};
  CHECK(region->drain() == Status::fault);
  CHECK(mappings_within(region->base(), pages * 4096) <= 2);
}
#endif

std::byte* foreign_pages(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(ftruncate(descriptor, 4096) == 0);
  void* pages = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  CHECK(ftruncate(descriptor, 0) == 0);
  close(descriptor);
  return static_cast<std::byte*>(pages);
}

// The handler that was there before ours: in place before the first region of this program is mapped.
sigjmp_buf resume;
volatile bool expecting = false;
volatile std::uintptr_t faulted_at = 0;

void earlier_handler(int signal, siginfo_t* information, void*) {
  if (!expecting) {
    ::signal(signal, SIG_DFL);
    return;
  }
  faulted_at = reinterpret_cast<std::uintptr_t>(information->si_addr);
  siglongjmp(resume, 1);
}

const bool earlier_installed = [] {
  struct sigaction action{};
  action.sa_sigaction = earlier_handler;
  action.sa_flags = SA_SIGINFO;
  return sigaction(SIGBUS, &action, nullptr) == 0;
}();

CLAIM("a fault at a foreign address goes to the handler that was there before") {
  REQUIRE(earlier_installed);
  const auto [path, region] = make(4096);
  REQUIRE(region != nullptr);
  const volatile std::byte* foreign = foreign_pages(check::fresh_folder() + "/foreign");
  faulted_at = 0;
  expecting = true;
  if (sigsetjmp(resume, 1) == 0) (void)*foreign;
  expecting = false;
  CHECK(faulted_at == reinterpret_cast<std::uintptr_t>(foreign));
  CHECK(region->drain() == Status::ok);
}

CLAIM("a fault at a foreign address that nobody handles ends the process with SIGBUS") {
  const auto [path, region] = make(4096);
  REQUIRE(region != nullptr);
  const volatile std::byte* foreign = foreign_pages(check::fresh_folder() + "/foreign");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    (void)*foreign;
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

CLAIM("a fault in what is mapped in units replaces its whole unit and nothing else") {
  constexpr std::uint64_t kUnitBytes = std::uint64_t{2} << 20;
  constexpr std::uint64_t kLength = 4 * kUnitBytes;
  const int file = ::open((check::fresh_folder("/dev/shm") + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  auto reserved = nodemm::Mapping::reserve(kLength, kLength, true, kUnitBytes);
  REQUIRE(file >= 0 && ftruncate(file, kLength) == 0 && reserved.ok());
  nodemm::Mapping& mapping = *reserved.value();
  REQUIRE(mapping.extend(file, kLength, nodemm::Sharing::shared).ok());
  // A device has no size to be cut to, so nothing but the unit at fault may be given up.
  const int device = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  std::atomic<Status> blocked{Status::ok};
  nodemm::BusFaultGuard guard;
  REQUIRE(guard.watch(mapping, device, &blocked).ok());
  CHECK(ftruncate(file, 0) == 0);
  const volatile std::byte* inside = mapping.base() + kUnitBytes + 12'345;
  CHECK(*inside == std::byte{0});
  CHECK(blocked.load() == Status::fault && guard.fault_offset() == kUnitBytes + 12'345);
  CHECK(ftruncate(file, kLength) == 0);
  const auto reaches_file = [&](std::uint64_t offset) {
    mapping.base()[offset] = std::byte{7};
    char byte = 0;
    return pread(file, &byte, 1, static_cast<off_t>(offset)) == 1 && byte == 7;
  };
  CHECK(reaches_file(kUnitBytes - 1) && reaches_file(2 * kUnitBytes));
  CHECK(!reaches_file(kUnitBytes) && !reaches_file(2 * kUnitBytes - 1));
  guard.release();
  close(device);
  close(file);
}

CLAIM("a safe read of what is gone tells where, replaces nothing, and leaves the region in use") {
  const auto [path, region] = make(64 * 4096);
  REQUIRE(region != nullptr);
  CHECK(region->fill(0, 64 * 4096, 9) == Status::ok);
  CHECK(truncate(path.c_str(), 2 * 4096) == 0);
  std::vector<std::byte> bytes(4 * 4096, std::byte{1});
  std::uint64_t fault = 0;
  for (int round = 0; round < 3; round++) {
    CHECK(region->read_safely(4096, bytes.data(), bytes.size(), &fault) == Status::unreadable);
    CHECK(fault == 2 * 4096);
    CHECK(region->writable() == Status::ok);
  }
  CHECK(region->read_safely(4096, bytes.data(), 4096, &fault) == Status::ok);
  CHECK(bytes[0] == std::byte{9} && bytes[4095] == std::byte{9} && bytes[4096 * 3] == std::byte{1});
  // The file comes back, and so do its bytes: no zero page stands in their place.
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  CHECK(ftruncate(file, 64 * 4096) == 0 && pwrite(file, "x", 1, 3 * 4096) == 1);
  CHECK(region->read_safely(3 * 4096, bytes.data(), 1, &fault) == Status::ok && bytes[0] == std::byte{'x'});
  CHECK(region->read_safely(64 * 4096, bytes.data(), 1, &fault) == Status::out_of_range);
  CHECK(truncate(path.c_str(), 4096) == 0);
  const volatile std::byte* stale = region->base() + 10 * 4096;
  CHECK(*stale == std::byte{0});
  CHECK(region->read_safely(0, bytes.data(), 1, &fault) == Status::fault);
  close(file);
}

#if defined(__linux__)
// Ours, told of faults as of a medium that failed: with the page's address instead of the byte's.
struct sigaction inner{};
unsigned lost_bits = 12;

void tell_of_medium(int signal, siginfo_t* information, void* context) {
  siginfo_t told = *information;
  told.si_code = BUS_MCEERR_AR;
  told.si_addr = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(information->si_addr) / 4096 * 4096);
  told.si_addr_lsb = static_cast<short>(lost_bits);
  inner.sa_sigaction(signal, &told, context);
}

CLAIM("a safe read that begins within what a medium has lost tells of its own first byte, and replaces nothing") {
  const auto [path, region] = make(64 * 4096);
  REQUIRE(region != nullptr);
  CHECK(region->fill(0, 64 * 4096, 9) == Status::ok);
  CHECK(truncate(path.c_str(), 8 * 4096) == 0);
  REQUIRE(sigaction(SIGBUS, nullptr, &inner) == 0);
  struct sigaction outer = inner;
  outer.sa_sigaction = tell_of_medium;
  REQUIRE(sigaction(SIGBUS, &outer, nullptr) == 0);
  std::vector<std::byte> bytes(2 * 4096);
  for (const unsigned bits : {0u, 12u, 14u}) {
    lost_bits = bits;
    const auto lost_at = [&](std::uint64_t offset, std::uint64_t length) {
      std::uint64_t fault = 0;
      CHECK(region->read_safely(offset, bytes.data(), length, &fault) == Status::unreadable);
      return fault;
    };
    CHECK(lost_at(9 * 4096 + 100, 1) == 9 * 4096 + 100);
    CHECK(lost_at(9 * 4096 + 4095, 1) == 9 * 4096 + 4095);
    CHECK(lost_at(9 * 4096 + 100, 8) == 9 * 4096 + 100);
    CHECK(lost_at(8 * 4096 - 100, 4096) == 8 * 4096);
  }
  CHECK(sigaction(SIGBUS, &inner, nullptr) == 0);
  CHECK(region->writable() == Status::ok);
}

// What is done in the middle of a copy: at its first store into pages that may not be written yet.
std::byte* waiting_pages = nullptr;
constexpr std::size_t kWaitingBytes = 32 * 4096;
void (*in_between)() = nullptr;

void meet_first_store(int, siginfo_t*, void*) {
  in_between();
  mprotect(waiting_pages, kWaitingBytes, PROT_READ | PROT_WRITE);
}

CLAIM("a safe read under which another access meets the fault first is a fault, not zeros") {
  static Mapped mapped;
  mapped = make(64 * 4096);
  REQUIRE(mapped.region != nullptr);
  CHECK(mapped.region->fill(0, 64 * 4096, 9) == Status::ok);
  void* pages = mmap(nullptr, kWaitingBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(pages != MAP_FAILED);
  waiting_pages = static_cast<std::byte*>(pages);
  in_between = [] {
    CHECK(truncate(mapped.path.c_str(), 4096) == 0);
    const volatile std::byte* outside = mapped.region->base() + 40 * 4096;
    CHECK(*outside == std::byte{0});
  };
  struct sigaction action{}, before{};
  action.sa_sigaction = meet_first_store;
  action.sa_flags = SA_SIGINFO;
  REQUIRE(sigaction(SIGSEGV, &action, &before) == 0);
  std::uint64_t fault = 0;
  const Status read = mapped.region->read_safely(0, waiting_pages, kWaitingBytes, &fault);
  CHECK(sigaction(SIGSEGV, &before, nullptr) == 0);
  CHECK(waiting_pages[kWaitingBytes / 2] == std::byte{0});
  CHECK(read == Status::fault && mapped.region->fault_offset() == 40 * 4096);
  munmap(pages, kWaitingBytes);
  mapped.region.reset();
}
#endif

}  // namespace
