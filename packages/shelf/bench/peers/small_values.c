/* Creates, replaces or erases small named values with libpmemobj; nanoseconds a value.
   Arguments: path, create | replace | erase, values a sample, buckets (1 for a plain list), what a change survives. */
#include "objects.h"

static struct state state;
static const char *verb;

static double sample(void *unused) {
  (void)unused;
  const int creates = strcmp(verb, "create") == 0, erases = strcmp(verb, "erase") == 0;
  if (!creates)
    for (size_t index = 0; index < state.count; index++) create_value(&state, index);
  const double begin = nodemm_seconds();
  for (size_t index = 0; index < state.count; index++) {
    if (creates) {
      create_value(&state, index);
    } else if (erases) {
      erase_value(&state, index);
    } else {
      /* The new value is there before the old one goes, as a replacement must be. */
      const TOID(struct value) old = state.values[index];
      create_value(&state, index);
      if (POBJ_LIST_REMOVE_FREE(state.pool, bucket_of(state.buckets, state.names[index]), old, next) != 0)
        nodemm_fail("POBJ_LIST_REMOVE_FREE");
    }
  }
  const double seconds = nodemm_seconds() - begin;
  if (!erases)
    for (size_t index = 0; index < state.count; index++) erase_value(&state, index);
  return seconds * 1e9 / (double)state.count;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    errno = EINVAL;
    nodemm_fail(argv[0]);
  }
  verb = argv[2];
  state.count = (size_t)atoll(argv[3]);
  open_objects(&state, argv[1], (size_t)256 << 20, (size_t)atoll(argv[4]));
  char durability[80];
  snprintf(durability, sizeof durability, "%s (libpmemobj)", argv[5]);
  nodemm_serve(durability, sample, NULL);
  pmemobj_close(state.pool);
  return remove(argv[1]);
}
