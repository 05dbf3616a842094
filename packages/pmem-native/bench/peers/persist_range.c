/* Persists ranges of a mapped file that lie dirty in the caches, with libpmem; microseconds a range.
   Arguments: path, bytes of a range, bytes of the file, rounds over the file a sample, what a persist survives there. */
#include <errno.h>
#include <libpmem.h>
#include <string.h>

#include "nodemm_sample.h"

struct state {
  char *address;
  size_t length;
  size_t range;
  long rounds;
  int stored;
};

static double sample(void *argument) {
  struct state *state = argument;
  double seconds = 0;
  for (long round = 0; round < state->rounds; round++) {
    memset(state->address, ++state->stored, state->length);
    const double begin = nodemm_seconds();
    for (size_t offset = 0; offset < state->length; offset += state->range)
      pmem_persist(state->address + offset, state->range);
    seconds += nodemm_seconds() - begin;
  }
  return seconds * 1e6 / ((double)state->rounds * (double)(state->length / state->range));
}

int main(int argc, char **argv) {
  if (argc != 6) {
    errno = EINVAL;
    nodemm_fail(argv[0]);
  }
  struct state state = {.range = (size_t)atoll(argv[2]), .rounds = atol(argv[4])};
  int is_pmem = 0;
  state.address = pmem_map_file(argv[1], (size_t)atoll(argv[3]), PMEM_FILE_CREATE, 0600, &state.length, &is_pmem);
  if (state.address == NULL || !is_pmem) nodemm_fail(argv[1]);
  char durability[80];
  snprintf(durability, sizeof durability, "%s (pmem_persist)", argv[5]);
  nodemm_serve(durability, sample, &state);
  pmem_unmap(state.address, state.length);
  return 0;
}
