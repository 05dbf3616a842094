// An auditor of the dynamic linker (LD_AUDIT) that makes Node a runtime which forbids buffers over outside memory, as
// Electron is: the addon's call is bound to a refusal. Preloading would not do, because a symbol that
// the executable itself defines is found there first.
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <string.h>

// napi_status of js_native_api_types.h.
enum { napi_no_external_buffers_allowed = 22 };

static int refuse(void) { return napi_no_external_buffers_allowed; }

unsigned la_version(unsigned version) { return version; }

unsigned la_objopen(struct link_map* map, Lmid_t namespace, uintptr_t* cookie) {
  (void)map, (void)namespace, (void)cookie;
  return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

uintptr_t la_symbind64(Elf64_Sym* symbol, unsigned index, uintptr_t* from, uintptr_t* to, unsigned* flags,
                       const char* name) {
  (void)index, (void)from, (void)to, (void)flags;
  return strcmp(name, "napi_create_external_arraybuffer") == 0 ? (uintptr_t)&refuse : symbol->st_value;
}
