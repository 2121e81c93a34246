#include "internal.h"

// Registry keys: the last error value that was raised again on its way out, and the traceback of where it began.
static const char raised_key, traceback_key;

void clua_push_position(lua_State *L, int level) {
    lua_Debug frame;
    for (; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline > 0) {
            lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

void clua_record_raised(lua_State *L) {
    lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &raised_key);
}

static int note_raised(lua_State *L) {
    clua_record_raised(L);
    return 0;
}

void clua_note_raised(lua_State *L) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_pushcfunction(L, note_raised);
    lua_insert(L, -3);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
}

// The message handler of clua_call: keeps the error value and files the traceback. An error that only passes by, on its
// way from an inner call, keeps the traceback of where it began.
static int file_traceback(lua_State *L) {
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &raised_key);
    int passesBy = !lua_isnil(L, 2) && lua_rawequal(L, 1, 2);
    lua_settop(L, 1);
    if (!passesBy) {
        luaL_traceback(L, L, NULL, 1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
    }
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &raised_key);
    return 1;
}

int clua_call(lua_State *L, int arguments, int results) {
    int handler = lua_gettop(L) - arguments;
    lua_pushcfunction(L, file_traceback);
    lua_insert(L, handler);
    lua_State *previous = clua_exchange_running(L);
    int status = lua_pcall(L, arguments, results, handler);
    clua_exchange_running(previous);
    lua_remove(L, handler);
    return status;
}

int clua_protected(lua_State *L, lua_CFunction body, int arguments, int results, void *context) {
    lua_pushcfunction(L, body);
    lua_insert(L, -arguments - 1);
    lua_pushlightuserdata(L, context);
    return clua_call(L, arguments + 1, results);
}

void clua_push_traceback(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key); }
