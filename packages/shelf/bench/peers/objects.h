/* Small named values in a libpmemobj pool: a list, or a hash table of lists, each change by one atomic operation of the
   library (POBJ_LIST_INSERT_NEW_HEAD allocates, fills and publishes; POBJ_LIST_REMOVE_FREE unpublishes and frees). */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <errno.h>
#include <libpmemobj.h>
#include <stdint.h>
#include <string.h>

#include "nodemm_sample.h"

#define NAME_BYTES 32

POBJ_LAYOUT_BEGIN(objects);
POBJ_LAYOUT_ROOT(objects, struct root);
POBJ_LAYOUT_TOID(objects, struct buckets);
POBJ_LAYOUT_TOID(objects, struct value);
POBJ_LAYOUT_END(objects);

struct value {
  char name[NAME_BYTES];
  double number;
  POBJ_LIST_ENTRY(struct value) next;
};

POBJ_LIST_HEAD(bucket, struct value);

struct buckets {
  size_t count;
  struct bucket bucket[];
};

struct root {
  TOID(struct buckets) buckets;
};

struct state {
  PMEMobjpool* pool;
  struct buckets* buckets;
  /* What the objects are called, and where they are: the index in memory that a program would keep. */
  char (*names)[NAME_BYTES];
  TOID(struct value) * values;
  size_t count;
};

static inline int fill_value(PMEMobjpool* pool, void* object, void* argument) {
  const struct value* from = argument;
  struct value* value = object;
  memcpy(value->name, from->name, NAME_BYTES);
  value->number = from->number;
  pmemobj_persist(pool, value, offsetof(struct value, next));
  return 0;
}

static inline struct bucket* bucket_of(struct buckets* buckets, const char* name) {
  uint32_t hash = 2166136261u;
  for (const char* letter = name; *letter != 0; letter++) hash = (hash ^ (uint8_t)*letter) * 16777619u;
  return &buckets->bucket[hash % buckets->count];
}

static inline void create_value(struct state* state, size_t index) {
  struct value from = {.number = (double)index};
  memcpy(from.name, state->names[index], NAME_BYTES);
  const PMEMoid made = POBJ_LIST_INSERT_NEW_HEAD(state->pool, bucket_of(state->buckets, from.name), next,
                                                 sizeof(struct value), fill_value, &from);
  if (OID_IS_NULL(made)) nodemm_fail("POBJ_LIST_INSERT_NEW_HEAD");
  TOID_ASSIGN(state->values[index], made);
}

static inline void erase_value(struct state* state, size_t index) {
  if (POBJ_LIST_REMOVE_FREE(state->pool, bucket_of(state->buckets, state->names[index]), state->values[index], next) !=
      0)
    nodemm_fail("POBJ_LIST_REMOVE_FREE");
}

static inline void open_objects(struct state* state, const char* path, size_t pool_bytes, size_t buckets) {
  state->pool = pmemobj_create(path, POBJ_LAYOUT_NAME(objects), pool_bytes, 0600);
  if (state->pool == NULL) nodemm_fail(pmemobj_errormsg());
  TOID(struct root) root = POBJ_ROOT(state->pool, struct root);
  const size_t bytes = sizeof(struct buckets) + buckets * sizeof(struct bucket);
  if (POBJ_ZALLOC(state->pool, &D_RW(root)->buckets, struct buckets, bytes) != 0) nodemm_fail(pmemobj_errormsg());
  state->buckets = D_RW(D_RW(root)->buckets);
  state->buckets->count = buckets;
  pmemobj_persist(state->pool, &state->buckets->count, sizeof(size_t));
  state->names = calloc(state->count, NAME_BYTES);
  state->values = calloc(state->count, sizeof *state->values);
  if (state->names == NULL || state->values == NULL) nodemm_fail("calloc");
  for (size_t index = 0; index < state->count; index++) snprintf(state->names[index], NAME_BYTES, "name-%zu", index);
}

#endif
