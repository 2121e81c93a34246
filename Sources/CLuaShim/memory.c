// A limit for what Lua allocates, so that a script gets "not enough memory", which pcall catches, where the system would
// end the process.
#include <stdlib.h>
#include <sys/resource.h>
#include "internal.h"

struct memory { size_t used, limit; };

static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    struct memory *memory = context;
    // For a new block it says what the block is for.
    if (!block) old_size = 0;
    if (new_size == 0) {
        free(block);
        memory->used -= old_size;
        return NULL;
    }
    if (new_size > old_size && (memory->used > memory->limit || new_size - old_size > memory->limit - memory->used)) return NULL;
    void *moved = realloc(block, new_size);
    // Lua counts on it that a block can always shrink.
    if (!moved) return new_size <= old_size ? block : NULL;
    memory->used += new_size;
    memory->used -= old_size;
    return moved;
}

void *clua_limit_memory(lua_State *L, size_t limit) {
    struct memory *memory = malloc(sizeof *memory);
    if (!memory) return NULL;
    memory->used = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
    memory->limit = limit;
    // Blocks so far came from realloc too.
    lua_setallocf(L, allocate, memory);
    return memory;
}

int64_t clua_process_limit(void) {
    struct rlimit space, data;
    rlim_t limit = INT64_MAX;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur < limit) limit = space.rlim_cur;
    if (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur < limit) limit = data.rlim_cur;
    return (int64_t)limit;
}

size_t clua_memory_used(lua_State *L) {
    void *context;
    return lua_getallocf(L, &context) == allocate ? ((struct memory *)context)->used : 0;
}
