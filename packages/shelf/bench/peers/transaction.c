/* Transactions that each change one range at a random place in a large object of a libpmemobj pool: TX_ADD, store,
   commit; nanoseconds a transaction, microseconds from 1 MiB on. Arguments: path, bytes of the object, bytes a range, transactions a sample, what a
   commit survives. */
#include <errno.h>
#include <libpmemobj.h>
#include <stdint.h>
#include <string.h>

#include "nodemm_sample.h"

struct state {
  PMEMobjpool *pool;
  char *object;
  size_t object_bytes;
  size_t range_bytes;
  long transactions;
  uint32_t random;
};

static void change(struct state *state, char *target, int byte) {
  TX_BEGIN(state->pool) {
    pmemobj_tx_add_range_direct(target, state->range_bytes);
    memset(target, byte, state->range_bytes);
  }
  TX_ONABORT { nodemm_fail("transaction"); }
  TX_END
}

static double sample(void *argument) {
  struct state *state = argument;
  const uint32_t places = (uint32_t)(state->object_bytes / state->range_bytes);
  const double begin = nodemm_seconds();
  for (long index = 0; index < state->transactions; index++) {
    /* xorshift32, as in the other contenders. */
    state->random ^= state->random << 13;
    state->random ^= state->random >> 17;
    state->random ^= state->random << 5;
    change(state, state->object + (size_t)(state->random % places) * state->range_bytes, (int)(index & 0xff));
  }
  const double scale = state->range_bytes >= (1 << 20) ? 1e6 : 1e9;
  return (nodemm_seconds() - begin) * scale / (double)state->transactions;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    errno = EINVAL;
    nodemm_fail(argv[0]);
  }
  struct state state = {
      .object_bytes = (size_t)atoll(argv[2]), .range_bytes = (size_t)atoll(argv[3]), .transactions = atol(argv[4]), .random = 1};
  state.pool = pmemobj_create(argv[1], "transaction", 4 * state.object_bytes, 0600);
  if (state.pool == NULL) nodemm_fail(pmemobj_errormsg());
  PMEMoid object;
  if (pmemobj_zalloc(state.pool, &object, state.object_bytes, 0) != 0) nodemm_fail(pmemobj_errormsg());
  state.object = pmemobj_direct(object);
  char durability[80];
  snprintf(durability, sizeof durability, "%s (libpmemobj)", argv[5]);
  nodemm_serve(durability, sample, &state);
  pmemobj_close(state.pool);
  return remove(argv[1]);
}
