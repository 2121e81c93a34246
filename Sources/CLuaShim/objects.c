#include "internal.h"

// A userdata of this host: owns one reference to a Swift object until it is collected or closed. The mark is its own
// address and what it is, which no other userdata has: a metatable proves nothing, since the debug library hands out the
// metamethods of ours and gives our metatables to others.
typedef struct { uintptr_t mark; void *object; } handle;

enum { OBJECT = 1, BOX = 2 };

static clua_callback run_callback;
static clua_release release_object;

// Registry keys: the metatable of function boxes; a weak table from object addresses to their userdata.
static const char box_key, userdata_key;

void clua_set_host(clua_callback callback, clua_release release) {
    run_callback = callback;
    release_object = release;
}

void clua_set_owner(lua_State *L, void *owner) { *(void **)lua_getextraspace(L) = owner; }

void *clua_owner(lua_State *L) { return *(void **)lua_getextraspace(L); }

// A new userdata on the stack top, without an object yet.
static handle *new_handle(lua_State *L, uintptr_t kind) {
    handle *handle = lua_newuserdatauv(L, sizeof *handle, 0);
    handle->mark = (uintptr_t)handle + kind;
    handle->object = NULL;
    return handle;
}

// The userdata at `index` if it is one of this host's of that kind, else NULL.
static handle *handle_at(lua_State *L, int index, uintptr_t kind) {
    if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) != sizeof(handle)) return NULL;
    handle *handle = lua_touserdata(L, index);
    return handle->mark == (uintptr_t)handle + kind ? handle : NULL;
}

// What a script can do to our entries of the registry with the debug library.
static int damaged(lua_State *L) { return luaL_error(L, "the registry of this host was changed by the script"); }

static void let_go(handle *handle) {
    void *object = handle->object;
    handle->object = NULL;
    if (object) release_object(object);
}

void clua_close_object(lua_State *L, int index) {
    handle *handle = handle_at(L, index, OBJECT);
    if (!handle || !handle->object) return;
    index = lua_absindex(L, index);
    // A later push of the same object must not find the closed userdata.
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &userdata_key) == LUA_TTABLE) {
        if (lua_rawgetp(L, -1, handle->object) == LUA_TUSERDATA && lua_rawequal(L, -1, index)) {
            lua_pushnil(L);
            lua_rawsetp(L, -3, handle->object);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    let_go(handle);
}

// __gc of both kinds, and __close of objects. The collector calls it, but so can a script, with anything.
static int close_handle(lua_State *L) {
    handle *box = handle_at(L, 1, BOX);
    if (box) {
        let_go(box);
    } else if (handle_at(L, 1, OBJECT)) {
        clua_close_object(L, 1);
    } else {
        return luaL_error(L, "expected an object of the host, got %s", luaL_typename(L, 1));
    }
    return 0;
}

static int prepare(lua_State *L) {
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, close_handle);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &box_key);

    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &userdata_key);

    if (lua_getglobal(L, "coroutine") == LUA_TTABLE) clua_open_coroutines(L);
    lua_pushcfunction(L, clua_print);
    lua_setglobal(L, "print");
    return 0;
}

int clua_prepare(lua_State *L) {
    return clua_protected(L, prepare, 0, 0, NULL);
}

// Every Swift function is this C function with its box as upvalue.
static int call_box(lua_State *L) {
    handle *box = handle_at(L, lua_upvalueindex(1), BOX);
    if (!box || !box->object) return luaL_error(L, "this function has lost its implementation");
    int results = run_callback(L, box->object);
    if (results >= 0) return results;
    if (results == CLUA_RAISE_POSITIONED) {
        clua_push_position(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int push_function(lua_State *L) {
    void *object = lua_touserdata(L, 1);
    handle *box = new_handle(L, BOX);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &box_key) != LUA_TTABLE) return damaged(L);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, call_box, 1);
    box->object = object;
    return 1;
}

int clua_push_function(lua_State *L, void *box) {
    return clua_protected(L, push_function, 0, 1, box);
}

void *clua_function_box(lua_State *L, int index) {
    if (lua_tocfunction(L, index) != call_box) return NULL;
    if (!lua_getupvalue(L, index, 1)) return NULL;
    handle *box = handle_at(L, -1, BOX);
    lua_pop(L, 1);
    return box ? box->object : NULL;
}

struct pushed { void *object; int metatable; int *created; };

static int push_object(lua_State *L) {
    struct pushed *pushed = lua_touserdata(L, 1);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &userdata_key) != LUA_TTABLE) return damaged(L);
    if (lua_rawgetp(L, -1, pushed->object) == LUA_TUSERDATA) return 1;
    lua_pop(L, 1);
    handle *handle = new_handle(L, OBJECT);
    if (lua_rawgeti(L, LUA_REGISTRYINDEX, pushed->metatable) != LUA_TTABLE) return damaged(L);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, -3, pushed->object);
    handle->object = pushed->object;
    *pushed->created = 1;
    return 1;
}

int clua_push_object(lua_State *L, void *object, int metatable, int *created) {
    *created = 0;
    struct pushed pushed = {object, metatable, created};
    return clua_protected(L, push_object, 0, 1, &pushed);
}

int clua_object(lua_State *L, int index, void **object) {
    handle *handle = handle_at(L, index, OBJECT);
    *object = handle ? handle->object : NULL;
    return handle != NULL;
}

static int finish_metatable(lua_State *L) {
    lua_pushcfunction(L, close_handle);
    lua_setfield(L, 1, "__gc");
    if (lua_getfield(L, 1, "__close") == LUA_TNIL) {
        lua_pushcfunction(L, close_handle);
        lua_setfield(L, 1, "__close");
    }
    return 0;
}

int clua_finish_metatable(lua_State *L) {
    lua_pushvalue(L, -1);
    return clua_protected(L, finish_metatable, 1, 0, NULL);
}

// Looks the key at index 2 up in the table that is an upvalue, which debug.setupvalue may have replaced.
static int look_up(lua_State *L, int upvalue) {
    if (lua_type(L, lua_upvalueindex(upvalue)) != LUA_TTABLE) return LUA_TNIL;
    lua_pushvalue(L, 2);
    return lua_rawget(L, lua_upvalueindex(upvalue));
}

// Upvalues: methods, getters, the function for any other key.
static int index_object(lua_State *L) {
    lua_settop(L, 2);
    if (look_up(L, 1) != LUA_TNIL) return 1;
    if (look_up(L, 2) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        return 1;
    }
    lua_pushvalue(L, lua_upvalueindex(3));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 1);
    return 1;
}

// Upvalues: setters, the function for any other key.
static int newindex_object(lua_State *L) {
    lua_settop(L, 3);
    if (look_up(L, 1) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 3);
        lua_call(L, 2, 0);
        return 0;
    }
    lua_settop(L, 3);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, 3, 0);
    return 0;
}

static int push_index(lua_State *L) {
    lua_settop(L, 3);
    lua_pushcclosure(L, index_object, 3);
    return 1;
}

static int push_newindex(lua_State *L) {
    lua_settop(L, 2);
    lua_pushcclosure(L, newindex_object, 2);
    return 1;
}

int clua_push_index(lua_State *L) {
    return clua_protected(L, push_index, 3, 1, NULL);
}

int clua_push_newindex(lua_State *L) {
    return clua_protected(L, push_newindex, 2, 1, NULL);
}
