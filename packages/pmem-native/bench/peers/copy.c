/* Copies a buffer of ordinary memory into a mapped file, or fills it, and persists it, with libpmem; milliseconds.
   Arguments: path, bytes, what a persist survives there, "copy" or "fill". */
#include <errno.h>
#include <libpmem.h>
#include <string.h>

#include "nodemm_sample.h"

struct state {
  char *address;
  char *source;
  size_t length;
  int is_pmem;
  int fills;
};

static double sample(void *argument) {
  struct state *state = argument;
  const double begin = nodemm_seconds();
  if (state->fills) {
    pmem_memset_persist(state->address, 7, state->length);
  } else if (state->is_pmem) {
    pmem_memcpy_persist(state->address, state->source, state->length);
  } else {
    memcpy(state->address, state->source, state->length);
    if (pmem_msync(state->address, state->length) != 0) nodemm_fail("pmem_msync");
  }
  return (nodemm_seconds() - begin) * 1e3;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    errno = EINVAL;
    nodemm_fail(argv[0]);
  }
  struct state state = {.fills = strcmp(argv[4], "fill") == 0};
  state.address =
      pmem_map_file(argv[1], (size_t)atoll(argv[2]), PMEM_FILE_CREATE, 0600, &state.length, &state.is_pmem);
  if (state.address == NULL) nodemm_fail(argv[1]);
  state.source = malloc(state.length);
  if (state.source == NULL) nodemm_fail("malloc");
  memset(state.source, 7, state.length);
  char durability[80];
  snprintf(durability, sizeof durability, "%s (%s)", argv[3],
           state.fills     ? "pmem_memset_persist"
           : state.is_pmem ? "pmem_memcpy_persist"
                           : "memcpy, pmem_msync");
  nodemm_serve(durability, sample, &state);
  pmem_unmap(state.address, state.length);
  return 0;
}
