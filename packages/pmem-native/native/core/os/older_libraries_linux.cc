// What the headers of today's C and C++ libraries ask for at run time and older libraries lack. With own definitions,
// hidden so that nothing but this binary sees them, one build runs with every library that Node itself runs with (glibc
// 2.28, the libstdc++ of GCC 5), and with musl. `verify-prebuilds` checks what is still asked for.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

struct stat;

extern "C" {

// glibc 2.32. Nothing is ever single-threaded in Node: reference counts are always counted atomically.
__attribute__((visibility("hidden"))) extern char __libc_single_threaded;
char __libc_single_threaded = 0;

// libstdc++ of GCC 11: std::__throw_bad_array_new_length(). Without exceptions it would end the process as well.
[[noreturn]] __attribute__((visibility("hidden"))) void nodemm_array_too_long() asm(
    "_ZSt28__throw_bad_array_new_lengthv");
void nodemm_array_too_long() { std::abort(); }

#if defined(SYS_newfstatat) && defined(AT_EMPTY_PATH)
// Functions of their own only since glibc 2.33; the system call has always been there, and fills the same structure.
__attribute__((visibility("hidden"))) int stat(const char* path, struct stat* facts) noexcept {
  return static_cast<int>(syscall(SYS_newfstatat, AT_FDCWD, path, facts, 0));
}
__attribute__((visibility("hidden"))) int lstat(const char* path, struct stat* facts) noexcept {
  return static_cast<int>(syscall(SYS_newfstatat, AT_FDCWD, path, facts, AT_SYMLINK_NOFOLLOW));
}
__attribute__((visibility("hidden"))) int fstat(int descriptor, struct stat* facts) noexcept {
  return static_cast<int>(syscall(SYS_newfstatat, descriptor, "", facts, AT_EMPTY_PATH));
}
#endif
}
