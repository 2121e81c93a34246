// coroutine.resume and coroutine.wrap that tell which coroutine runs, since a hook belongs to one coroutine and SIGINT has
// to arm it where the program is. An error that leaves a wrapped coroutine keeps its message and the traceback inside.
#include "internal.h"

// Resumes `co` with the top `arguments` values of L, and moves what it yields or returns, or its error value, to L.
// Returns the count of results, or -1.
static int resume(lua_State *L, lua_State *co, int arguments) {
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, arguments);
    int results = 0;
    lua_State *previous = clua_exchange_running(co);
    int status = lua_resume(co, L, arguments, &results);
    clua_exchange_running(previous);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int coroutine_resume(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_State *co = lua_tothread(L, 1);
    int results = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    lua_insert(L, results >= 0 ? -(results + 1) : -2);
    return results >= 0 ? results + 1 : 2;
}

static int call_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    if (!co) return luaL_error(L, "this coroutine has lost its thread");
    int results = resume(L, co, lua_gettop(L));
    if (results >= 0) return results;
    int status = lua_status(co);
    if (status == LUA_OK || status == LUA_YIELD) {
        // It never ran: dead or running already.
        clua_push_position(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
        return lua_error(L);
    }
    luaL_traceback(L, co, NULL, 0);
    lua_pushliteral(L, "\n");
    luaL_traceback(L, L, NULL, 1);
    lua_concat(L, 3);
    clua_record_raised(L);
    // Closing runs the coroutine's pending __close; an error there replaces the first one.
    lua_xmove(L, co, 1);
    lua_resetthread(co);
    lua_xmove(co, L, 1);
    return lua_error(L);
}

static int coroutine_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

void clua_open_coroutines(lua_State *L) {
    lua_pushcfunction(L, coroutine_resume);
    lua_setfield(L, -2, "resume");
    lua_pushcfunction(L, coroutine_wrap);
    lua_setfield(L, -2, "wrap");
}
