// For sources that ask for functions of which glibc has a newer version than the oldest that Node itself runs with: the
// old version of each, which every glibc has. Each package with an addon carries its own copy, as of native/addon.gypi.
#pragma once

// The addon for musl names no C library, hence no version either.
#if defined(__GLIBC__) && !defined(NODEMM_ANY_C_LIBRARY)
#if defined(__x86_64__)
#define NODEMM_OLDEST(name) asm(".symver " #name "," #name "@GLIBC_2.2.5")
#elif defined(__aarch64__)
#define NODEMM_OLDEST(name) asm(".symver " #name "," #name "@GLIBC_2.17")
#endif
#endif

#if defined(NODEMM_OLDEST)
NODEMM_OLDEST(pthread_attr_setstacksize);
NODEMM_OLDEST(pthread_create);
NODEMM_OLDEST(pthread_join);
NODEMM_OLDEST(pthread_sigmask);
#endif
