/* The child protocol of @nodemm/bench for C programs: see src/peers/child.ts. */
#ifndef NODEMM_SAMPLE_H
#define NODEMM_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double nodemm_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline _Noreturn void nodemm_fail(const char* what) {
  perror(what);
  exit(1);
}

/* Answers every line of standard input with the figure that `sample` returns. */
static inline void nodemm_serve(const char* durability, double (*sample)(void*), void* state) {
  char line[64];
  printf("ready %s\n", durability);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    printf("%.9g\n", sample(state));
    fflush(stdout);
  }
}

#endif
