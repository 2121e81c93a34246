#pragma once
#include <lauxlib.h>
#include <lua.h>
#include "CLuaShim.h"

// Pushes "chunk:line: " of the innermost Lua function at or above a level, or "".
void clua_push_position(lua_State *L, int level);
// Runs `body` as clua_call does, with the top `arguments` values (popped) and `context` as its last argument.
int clua_protected(lua_State *L, lua_CFunction body, int arguments, int results, void *context);
// Makes `running` the coroutine that SIGINT stops; returns the one before.
lua_State *clua_exchange_running(lua_State *L);
// Fills the coroutine library on the stack top with functions that keep track of the running coroutine.
void clua_open_coroutines(lua_State *L);
// The raising form of clua_note_raised.
void clua_record_raised(lua_State *L);
// The global `print`.
int clua_print(lua_State *L);
