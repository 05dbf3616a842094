/* Copies a buffer of ordinary memory into a mapped file, or fills as many bytes, and persists each, with libpmem;
   microseconds a copy.
   Arguments: "copy" or "fill", path, bytes of a copy, bytes of the file, copies a sample, what a persist survives there. */
#include <errno.h>
#include <libpmem.h>
#include <string.h>

#include "nodemm_sample.h"

struct state {
  char *address;
  char *source;
  size_t length;
  size_t range;
  long copies;
  int fills;
};

static double sample(void *argument) {
  struct state *state = argument;
  size_t offset = 0;
  const double begin = nodemm_seconds();
  for (long copy = 0; copy < state->copies; copy++) {
    if (state->fills)
      pmem_memset_persist(state->address + offset, 7, state->range);
    else
      pmem_memcpy_persist(state->address + offset, state->source, state->range);
    offset += state->range;
    if (offset + state->range > state->length) offset = 0;
  }
  return (nodemm_seconds() - begin) * 1e6 / (double)state->copies;
}

int main(int argc, char **argv) {
  if (argc != 7) {
    errno = EINVAL;
    nodemm_fail(argv[0]);
  }
  struct state state = {
      .fills = strcmp(argv[1], "fill") == 0, .range = (size_t)atoll(argv[3]), .copies = atol(argv[5])};
  int is_pmem = 0;
  state.address = pmem_map_file(argv[2], (size_t)atoll(argv[4]), PMEM_FILE_CREATE, 0600, &state.length, &is_pmem);
  if (state.address == NULL || !is_pmem) nodemm_fail(argv[2]);
  state.source = malloc(state.range);
  if (state.source == NULL) nodemm_fail("malloc");
  memset(state.source, 7, state.range);
  pmem_memset_persist(state.address, 0, state.length);
  char durability[80];
  snprintf(durability, sizeof durability, "%s (%s)", argv[6],
           state.fills ? "pmem_memset_persist" : "pmem_memcpy_persist");
  nodemm_serve(durability, sample, &state);
  pmem_unmap(state.address, state.length);
  return 0;
}
