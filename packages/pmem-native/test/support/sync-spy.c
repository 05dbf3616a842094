// Preloaded into a process. Each sync is written to the file NODEMM_TEST_SYNC_LOG, if set: a line that names the call and
// what it synced. When the file NODEMM_TEST_FAIL_SYNC exists, the next sync removes it and fails.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(const char* call, const char* what, size_t length) {
  const char* path = getenv("NODEMM_TEST_SYNC_LOG");
  if (path == NULL) return;
  char line[80];
  const int bytes = snprintf(line, sizeof line, "%s %s %zu\n", call, what, length);
  const int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0 || write(log, line, (size_t)bytes) != bytes) abort();
  close(log);
}

static void tell_file(const char* call, int descriptor) {
  struct stat facts;
  if (fstat(descriptor, &facts) != 0) abort();
  if (S_ISDIR(facts.st_mode)) {
    tell(call, "folder", 0);
  } else {
    tell(call, "file", (size_t)facts.st_size);
  }
}

static int must_fail(void) {
  const char* flag = getenv("NODEMM_TEST_FAIL_SYNC");
  if (flag == NULL || unlink(flag) != 0) return 0;
  errno = EIO;
  return 1;
}

int msync(void* address, size_t length, int flags) {
  int (*real)(void*, size_t, int) = (int (*)(void*, size_t, int))dlsym(RTLD_NEXT, "msync");
  tell("msync", "pages", length);
  return must_fail() ? -1 : real(address, length, flags);
}

int fsync(int descriptor) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  tell_file("fsync", descriptor);
  return must_fail() ? -1 : real(descriptor);
}

int fdatasync(int descriptor) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  tell_file("fdatasync", descriptor);
  return must_fail() ? -1 : real(descriptor);
}
