/**
 * The functions of the C library that an addon may ask for: each is in musl 1.2 under this very name, with the same
 * meaning and the same structures on 64-bit processors, and in glibc 2.28. Checked against Debian's musl 1.2.3.
 */
export const muslSymbols = new Set([
  ...["__cxa_finalize", "__errno_location", "__isoc99_sscanf", "__sigsetjmp", "siglongjmp", "abort"],
  ...["access", "close", "fallocate", "fcntl", "flock", "fstatfs", "fstatvfs", "fsync", "ftruncate", "ioctl"],
  ...["linkat", "open", "posix_fadvise", "pread", "pwrite", "read", "realpath", "sync_file_range", "syscall", "unlink"],
  ...["opendir", "readdir", "closedir", "fopen", "fgets", "fclose", "snprintf", "strtoull", "calloc"],
  ...["free", "malloc", "memchr", "memcmp", "memcpy", "memmove", "memset", "strchr", "strcmp", "strcspn", "strlen"],
  ...["strncmp", "getauxval", "getrlimit", "memfd_create", "sysconf", "sched_getaffinity", "__sched_cpucount"],
  ...["madvise", "mmap", "msync", "munmap", "raise", "sigaction", "sigdelset", "sigemptyset", "sigfillset"],
  ...["pthread_attr_destroy", "pthread_attr_init", "pthread_attr_setstacksize"],
  ...["pthread_cond_broadcast", "pthread_cond_destroy", "pthread_cond_wait", "pthread_create", "pthread_join"],
  ...["pthread_mutex_destroy", "pthread_mutex_lock", "pthread_mutex_unlock", "pthread_self", "pthread_sigmask"],
]);
