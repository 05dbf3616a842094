// Preloaded into a process: makes one kind of system call fail, with an error and after a number of calls that the
// environment names, as a worn medium or a used-up quota does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int fails(const char* call) {
  static int calls = 0;
  const char* wanted = getenv("FAILING_CALL");
  if (wanted == NULL || strcmp(wanted, call) != 0) return 0;
  if (calls++ < atoi(getenv("FAILING_AFTER"))) return 0;
  errno = atoi(getenv("FAILING_ERROR"));
  return 1;
}

int msync(void* address, size_t length, int flags) {
  static int (*real)(void*, size_t, int);
  if (fails("msync")) return -1;
  if (real == NULL) real = (int (*)(void*, size_t, int))dlsym(RTLD_NEXT, "msync");
  return real(address, length, flags);
}

static int allocate(int descriptor, int mode, off_t offset, off_t length) {
  static int (*real)(int, int, off_t, off_t);
  if (fails("fallocate")) return -1;
  if (real == NULL) real = (int (*)(int, int, off_t, off_t))dlsym(RTLD_NEXT, "fallocate");
  return real(descriptor, mode, offset, length);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) { return allocate(descriptor, mode, offset, length); }
int fallocate64(int descriptor, int mode, off_t offset, off_t length) { return allocate(descriptor, mode, offset, length); }
