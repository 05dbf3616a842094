/* Writes 64 B at random places of a mapped file and persists each with libpmem; nanoseconds a write.
   Arguments: path, bytes of the file, writes a sample, what a persist survives there. */
#include <errno.h>
#include <libpmem.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "nodemm_sample.h"

#define WRITE_BYTES 64

struct state {
  char *address;
  size_t length;
  long writes;
  int is_pmem;
  uint32_t random;
};

static double sample(void *argument) {
  struct state *state = argument;
  const uint32_t lines = (uint32_t)(state->length / WRITE_BYTES);
  char data[WRITE_BYTES];
  const double begin = nodemm_seconds();
  for (long index = 0; index < state->writes; index++) {
    /* xorshift32, as in the other contenders. */
    state->random ^= state->random << 13;
    state->random ^= state->random >> 17;
    state->random ^= state->random << 5;
    char *target = state->address + (size_t)(state->random % lines) * WRITE_BYTES;
    memset(data, (int)(index & 0xff), sizeof data);
    memcpy(target, data, sizeof data);
    if (state->is_pmem)
      pmem_persist(target, WRITE_BYTES);
    else if (pmem_msync(target, WRITE_BYTES) != 0)
      nodemm_fail("pmem_msync");
  }
  return (nodemm_seconds() - begin) * 1e9 / (double)state->writes;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    errno = EINVAL;
    nodemm_fail(argv[0]);
  }
  struct state state = {.writes = atol(argv[3]), .random = 1};
  state.address =
      pmem_map_file(argv[1], (size_t)atoll(argv[2]), PMEM_FILE_CREATE, 0600, &state.length, &state.is_pmem);
  if (state.address == NULL) nodemm_fail(argv[1]);
  if (madvise(state.address, state.length, MADV_RANDOM) != 0) nodemm_fail("madvise");
  pmem_memset_persist(state.address, 0, state.length);
  char durability[80];
  snprintf(durability, sizeof durability, "%s (%s)", argv[4], state.is_pmem ? "pmem_persist" : "pmem_msync");
  nodemm_serve(durability, sample, &state);
  pmem_unmap(state.address, state.length);
  return 0;
}
