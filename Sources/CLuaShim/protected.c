#include <math.h>
#include <string.h>
#include "internal.h"

// The sign of NaN means nothing, but Lua's tostring shows it.
static double without_sign_of_nan(double number) { return isnan(number) ? NAN : number; }

int clua_registry_index(void) { return LUA_REGISTRYINDEX; }

struct bytes { const char *start; size_t count; };

static int push_bytes(lua_State *L) {
    struct bytes *bytes = lua_touserdata(L, 1);
    lua_pushlstring(L, bytes->start, bytes->count);
    return 1;
}

int clua_push_bytes(lua_State *L, const char *start, size_t count) {
    struct bytes bytes = {start, count};
    return clua_protected(L, push_bytes, 0, 1, &bytes);
}

static int push_table(lua_State *L) {
    int *counts = lua_touserdata(L, 1);
    lua_createtable(L, counts[0], counts[1]);
    return 1;
}

int clua_push_table(lua_State *L, int listCount, int fieldCount) {
    int counts[2] = {listCount, fieldCount};
    return clua_protected(L, push_table, 0, 1, counts);
}

static int push_tostring(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

int clua_push_tostring(lua_State *L, int index) {
    lua_pushvalue(L, index);
    return clua_protected(L, push_tostring, 1, 1, NULL);
}

static int push_length(lua_State *L) {
    lua_len(L, 1);
    return 1;
}

int clua_push_length(lua_State *L, int index) {
    lua_pushvalue(L, index);
    return clua_protected(L, push_length, 1, 1, NULL);
}

static int get(lua_State *L) {
    lua_pushvalue(L, 2);
    lua_gettable(L, 1);
    return 1;
}

int clua_get(lua_State *L, int table) {
    lua_pushvalue(L, table);
    lua_insert(L, -2);
    return clua_protected(L, get, 2, 1, NULL);
}

static int set(lua_State *L) {
    lua_settop(L, 3);
    lua_settable(L, 1);
    return 0;
}

static int raw_set(lua_State *L) {
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 0;
}

int clua_set(lua_State *L, int table) {
    lua_pushvalue(L, table);
    lua_insert(L, -3);
    return clua_protected(L, set, 3, 0, NULL);
}

int clua_raw_set(lua_State *L, int table) {
    lua_pushvalue(L, table);
    lua_insert(L, -3);
    return clua_protected(L, raw_set, 3, 0, NULL);
}

static int equal(lua_State *L) {
    int *result = lua_touserdata(L, 3);
    *result = lua_compare(L, 1, 2, LUA_OPEQ);
    return 0;
}

int clua_equal(lua_State *L, int a, int b, int *result) {
    b = lua_absindex(L, b);
    lua_pushvalue(L, a);
    lua_pushvalue(L, b);
    return clua_protected(L, equal, 2, 0, result);
}

static int reference(lua_State *L) {
    int *result = lua_touserdata(L, 2);
    lua_settop(L, 1);
    *result = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

int clua_reference(lua_State *L, int *result) { return clua_protected(L, reference, 1, 0, result); }

static int collect(lua_State *L) {
    lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

int clua_collect(lua_State *L) { return clua_protected(L, collect, 0, 0, NULL); }

int64_t clua_heap_bytes(lua_State *L) { return (int64_t)lua_gc(L, LUA_GCCOUNT) * 1024 + lua_gc(L, LUA_GCCOUNTB); }

struct nested { const double *reals; const int64_t *integers; const int64_t *shape; int rank; };

// Pushes the part of `nested` that starts at element `offset` and dimension `dimension`; returns the offset behind it.
static int64_t push_nested_part(lua_State *L, const struct nested *nested, int dimension, int64_t offset) {
    int64_t count = nested->shape[dimension];
    luaL_checkstack(L, 4, "too many dimensions");
    lua_createtable(L, (int)count, 0);
    for (int64_t i = 0; i < count; i++) {
        if (dimension + 1 < nested->rank) {
            offset = push_nested_part(L, nested, dimension + 1, offset);
        } else if (nested->integers) {
            lua_pushinteger(L, nested->integers[offset++]);
        } else {
            lua_pushnumber(L, without_sign_of_nan(nested->reals[offset++]));
        }
        lua_rawseti(L, -2, i + 1);
    }
    return offset;
}

static int push_nested(lua_State *L) {
    push_nested_part(L, lua_touserdata(L, 1), 0, 0);
    return 1;
}

int clua_push_nested(lua_State *L, const double *reals, const int64_t *integers, const int64_t *shape, int rank) {
    struct nested nested = {reals, integers, shape, rank};
    return clua_protected(L, push_nested, 0, 1, &nested);
}

// Whether a double holds the integer. 2^63, which rounding can give, is none that could be converted back.
static int is_exact(lua_Integer integer) {
    double number = (double)integer;
    return number < 0x1p63 && (lua_Integer)number == integer;
}

int64_t clua_read_numbers(lua_State *L, int table, int64_t count, double *out, int *kinds) {
    table = lua_absindex(L, table);
    for (int64_t i = 0; i < count; i++) {
        int type = lua_rawgeti(L, table, i + 1), fits = 1;
        if (type == LUA_TNUMBER) {
            int isInteger = lua_isinteger(L, -1);
            *kinds |= isInteger ? CLUA_INTEGERS : CLUA_REALS;
            fits = !isInteger || is_exact(lua_tointeger(L, -1));
            out[i] = without_sign_of_nan(lua_tonumber(L, -1));
        } else if (type == LUA_TBOOLEAN) {
            *kinds |= CLUA_BOOLEANS;
            out[i] = lua_toboolean(L, -1);
        } else {
            fits = 0;
        }
        lua_pop(L, 1);
        if (!fits) return i;
    }
    return count;
}
