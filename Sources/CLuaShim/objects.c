#include "internal.h"

// A userdata of this host: owns one reference to a Swift object until it is collected or closed.
typedef struct { void *object; } handle;

static clua_callback run_callback;
static clua_release release_object;

// Registry keys: the metatable of function boxes; a weak table from object addresses to their userdata. In a metatable,
// handle_key marks userdata of this host.
static const char box_key, userdata_key, handle_key;

void clua_set_host(clua_callback callback, clua_release release) {
    run_callback = callback;
    release_object = release;
}

void clua_set_owner(lua_State *L, void *owner) { *(void **)lua_getextraspace(L) = owner; }

void *clua_owner(lua_State *L) { return *(void **)lua_getextraspace(L); }

static void let_go(handle *handle) {
    void *object = handle->object;
    handle->object = NULL;
    if (object) release_object(object);
}

static int collect_handle(lua_State *L) {
    handle *handle = lua_touserdata(L, 1);
    if (handle && lua_type(L, 1) == LUA_TUSERDATA) let_go(handle);
    return 0;
}

void clua_close_object(lua_State *L, int index) {
    handle *handle = lua_touserdata(L, index);
    if (!handle || !handle->object) return;
    index = lua_absindex(L, index);
    // A later push of the same object must not find the closed userdata.
    lua_rawgetp(L, LUA_REGISTRYINDEX, &userdata_key);
    if (lua_rawgetp(L, -1, handle->object) == LUA_TUSERDATA && lua_rawequal(L, -1, index)) {
        lua_pushnil(L);
        lua_rawsetp(L, -3, handle->object);
    }
    lua_pop(L, 2);
    let_go(handle);
}

static int close_handle(lua_State *L) {
    void *object;
    if (clua_object(L, 1, &object)) clua_close_object(L, 1);
    return 0;
}

static int prepare(lua_State *L) {
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, collect_handle);
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
    return 0;
}

int clua_prepare(lua_State *L) {
    return clua_protected(L, prepare, 0, 0, NULL);
}

// Every Swift function is this C function with its box as upvalue.
static int call_box(lua_State *L) {
    handle *box = lua_touserdata(L, lua_upvalueindex(1));
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
    handle *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->object = NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_key);
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
    handle *box = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return box ? box->object : NULL;
}

struct pushed { void *object; int metatable; int *created; };

static int push_object(lua_State *L) {
    struct pushed *pushed = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &userdata_key);
    if (lua_rawgetp(L, -1, pushed->object) == LUA_TUSERDATA) return 1;
    lua_pop(L, 1);
    handle *handle = lua_newuserdatauv(L, sizeof *handle, 0);
    handle->object = NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, pushed->metatable);
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
    *object = NULL;
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return 0;
    int marked = lua_rawgetp(L, -1, &handle_key) != LUA_TNIL;
    lua_pop(L, 2);
    if (!marked) return 0;
    *object = ((handle *)lua_touserdata(L, index))->object;
    return 1;
}

static int finish_metatable(lua_State *L) {
    lua_pushboolean(L, 1);
    lua_rawsetp(L, 1, &handle_key);
    lua_pushcfunction(L, collect_handle);
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

// Upvalues: methods, getters, the function for any other key.
static int index_object(lua_State *L) {
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) {
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
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 3);
        lua_call(L, 2, 0);
        return 0;
    }
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_settop(L, 4);
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
