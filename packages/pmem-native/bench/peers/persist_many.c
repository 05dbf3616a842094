/* Flushes scattered ranges of 64 B of a mapped file with libpmem, and drains once; microseconds for all of them.
   Arguments: path, bytes of the file, ranges, lines from one to the next, lists of ranges that are timed together, rounds
   over them a sample, what a persist survives there. */
#include <errno.h>
#include <libpmem.h>
#include <string.h>

#include "nodemm_sample.h"

#define RANGE_BYTES 64

struct state {
  char *address;
  size_t length;
  size_t ranges;
  size_t lists;
  size_t stride;
  long rounds;
  size_t line;
  size_t *offsets;
};

static double sample(void *argument) {
  struct state *state = argument;
  const size_t lines = state->length / RANGE_BYTES;
  double seconds = 0;
  for (long round = 0; round < state->rounds; round++) {
    for (size_t index = 0; index < state->lists * state->ranges; index++) {
      state->line = (state->line + state->stride) % lines;
      state->address[state->line * RANGE_BYTES] = (char)round;
      state->offsets[index] = state->line * RANGE_BYTES;
    }
    const double begin = nodemm_seconds();
    for (size_t list = 0; list < state->lists; list++) {
      const size_t *offsets = state->offsets + list * state->ranges;
      for (size_t index = 0; index < state->ranges; index++) pmem_flush(state->address + offsets[index], RANGE_BYTES);
      pmem_drain();
    }
    seconds += nodemm_seconds() - begin;
  }
  return seconds * 1e6 / ((double)state->rounds * (double)state->lists);
}

int main(int argc, char **argv) {
  if (argc != 8) {
    errno = EINVAL;
    nodemm_fail(argv[0]);
  }
  struct state state = {.ranges = (size_t)atoll(argv[3]),
                        .stride = (size_t)atoll(argv[4]),
                        .lists = (size_t)atoll(argv[5]),
                        .rounds = atol(argv[6])};
  int is_pmem = 0;
  state.address = pmem_map_file(argv[1], (size_t)atoll(argv[2]), PMEM_FILE_CREATE, 0600, &state.length, &is_pmem);
  if (state.address == NULL || !is_pmem) nodemm_fail(argv[1]);
  state.offsets = malloc(state.lists * state.ranges * sizeof *state.offsets);
  if (state.offsets == NULL) nodemm_fail("malloc");
  pmem_memset_persist(state.address, 0, state.length);
  char durability[80];
  snprintf(durability, sizeof durability, "%s (pmem_flush, pmem_drain)", argv[7]);
  nodemm_serve(durability, sample, &state);
  pmem_unmap(state.address, state.length);
  return 0;
}
