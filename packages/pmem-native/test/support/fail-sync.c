// Preloaded into a process: when the file named by NODEMM_TEST_FAIL_SYNC exists, the next sync removes it and fails.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int must_fail(void) {
  const char* flag = getenv("NODEMM_TEST_FAIL_SYNC");
  if (flag == NULL || unlink(flag) != 0) return 0;
  errno = EIO;
  return 1;
}

int msync(void* address, size_t length, int flags) {
  int (*real)(void*, size_t, int) = (int (*)(void*, size_t, int))dlsym(RTLD_NEXT, "msync");
  return must_fail() ? -1 : real(address, length, flags);
}

int fsync(int descriptor) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return must_fail() ? -1 : real(descriptor);
}

int fdatasync(int descriptor) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return must_fail() ? -1 : real(descriptor);
}
