#include <pthread.h>
#include <setjmp.h>

#include <atomic>
#include <new>

#include "../lent_read.h"

namespace nodemm {
namespace {

// Entries are never freed, only reused: the handler may be walking the list at any moment. Not the threads' own
// variables, whose first use may allocate.
struct Reader {
  std::atomic<bool> taken{true};
  std::atomic<std::uintptr_t> begin{0};  // 0: not reading
  std::atomic<std::size_t> length{0};
  std::atomic<pthread_t> thread;
  sigjmp_buf escape;
  Reader* next = nullptr;
};

std::atomic<Reader*> readers{nullptr};

Reader* take() noexcept {
  for (Reader* each = readers.load(std::memory_order_acquire); each != nullptr; each = each->next) {
    if (!each->taken.exchange(true)) return each;
  }
  auto* made = new (std::nothrow) Reader;
  if (made == nullptr) return nullptr;
  made->next = readers.load();
  while (!readers.compare_exchange_weak(made->next, made)) {
  }
  return made;
}

bool read_as(Reader* reader, const std::byte* bytes, LentRead read, void* context) noexcept {
  // With the signal mask: a system may block the signal while its handler runs.
  const bool whole = sigsetjmp(reader->escape, 1) == 0;
  if (whole) {
    reader->begin.store(reinterpret_cast<std::uintptr_t>(bytes));
    read(context);
    // The reading may not be moved past this store.
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  reader->begin.store(0);
  return whole;
}

}  // namespace

bool read_lent(const std::byte* bytes, std::size_t length, LentRead read, void* context) noexcept {
  Reader* const reader = catch_unmapped() ? take() : nullptr;
  if (reader == nullptr) return false;
  reader->thread.store(pthread_self());
  reader->length.store(length);
  const bool whole = read_as(reader, bytes, read, context);
  reader->taken.store(false);
  return whole;
}

void escape_lent_read(std::uintptr_t address) noexcept {
  for (Reader* each = readers.load(std::memory_order_acquire); each != nullptr; each = each->next) {
    const std::uintptr_t begin = each->begin.load();
    if (begin == 0 || address < begin || address - begin >= each->length.load()) continue;
    if (pthread_equal(each->thread.load(), pthread_self()) != 0) siglongjmp(each->escape, 1);
  }
}

}  // namespace nodemm
