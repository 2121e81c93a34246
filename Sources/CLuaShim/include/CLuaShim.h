// The parts of the Lua C API that can raise, made safe to call from Swift. A Lua error is a longjmp and must not cross a
// Swift frame: every function here that may fail runs under lua_pcall and returns a status, and a Swift callback that
// fails returns normally to a C function, which raises.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct lua_State lua_State;

// What a Swift callback returns in place of a count of results.
#define CLUA_RAISE (-1)            // the error value is on top of the stack
#define CLUA_RAISE_POSITIONED (-2) // a message is on top of the stack; "script.lua:LINE: " is put in front

// Runs the Swift function in `box`: its arguments are on the stack; returns the count of results pushed, or CLUA_RAISE...
typedef int (*clua_callback)(lua_State *L, void *box);
// Gives up one reference to a Swift object.
typedef void (*clua_release)(void *object);

// Called once, before any other function.
void clua_set_host(clua_callback callback, clua_release release);
// Creates the shim's registry entries and replaces coroutine.resume, coroutine.wrap (see coroutines.c) and print (see
// print.c). Returns a status.
int clua_prepare(lua_State *L);
int clua_registry_index(void);
// A pointer that belongs to the state and all its coroutines.
void clua_set_owner(lua_State *L, void *owner);
void *clua_owner(lua_State *L);

// Each pushes its result and returns LUA_OK, or pushes an error value and returns another status.
int clua_push_bytes(lua_State *L, const char *bytes, size_t count);
int clua_push_table(lua_State *L, int listCount, int fieldCount);
int clua_push_tostring(lua_State *L, int index);
int clua_push_length(lua_State *L, int index);
// With metamethods. get replaces the key on top by the value; set pops key and value.
int clua_get(lua_State *L, int table);
int clua_set(lua_State *L, int table);
// Without metamethods; pops key and value.
int clua_raw_set(lua_State *L, int table);
int clua_equal(lua_State *L, int a, int b, int *result);
// Pops a value and stores it under a number that keeps it alive.
int clua_reference(lua_State *L, int *reference);
int clua_collect(lua_State *L);
// Bytes that Lua's own heap takes.
int64_t clua_heap_bytes(lua_State *L);
// A list, or a list of lists ..., of numbers: exactly one of reals and integers is given. `shape` has rank >= 1 entries.
int clua_push_nested(lua_State *L, const double *reals, const int64_t *integers, const int64_t *shape, int rank);

// What clua_read_numbers met, as a set.
#define CLUA_INTEGERS 1
#define CLUA_REALS 2
#define CLUA_BOOLEANS 4
// Reads entries 1...count of the list at `table` without metamethods; returns how many were numbers or booleans before the
// first other value. An integer that a double does not hold is such another value.
int64_t clua_read_numbers(lua_State *L, int table, int64_t count, double *out, int *kinds);

// Calls the function below `arguments` values. Unless it succeeds, the error value is on top and, after LUA_ERRRUN,
// clua_push_traceback pushes the traceback of the place that raised it.
int clua_call(lua_State *L, int arguments, int results);
void clua_push_traceback(lua_State *L);
// Notes that the error value on top, about to be raised again, was first raised at `traceback` (on top of it; popped).
void clua_note_raised(lua_State *L);

// Makes a Lua function of a Swift one; the function owns one reference to `box`, which is not yet counted on return.
int clua_push_function(lua_State *L, void *box);
// The box of a function made so, or NULL.
void *clua_function_box(lua_State *L, int index);
// Pushes the userdata of a Swift object, the one that exists or a new one with that metatable; `created` tells whether the
// userdata now owns one more reference, which the caller has to count.
int clua_push_object(lua_State *L, void *object, int metatableReference, int *created);
// Whether the value is a userdata of this host; *object becomes its object, NULL after it was closed.
int clua_object(lua_State *L, int index, void **object);
// Completes the metatable on top: marks it, sets __gc, and __close unless the class has one.
int clua_finish_metatable(lua_State *L);
// Lets go of the object of the userdata at `index` before the collector would.
void clua_close_object(lua_State *L, int index);
// Pops a table of methods, one of getters and the function for everything else; pushes an __index function.
int clua_push_index(lua_State *L);
// Pops a table of setters and the function for everything else; pushes a __newindex function.
int clua_push_newindex(lua_State *L);

// Gives Lua no more than `limit` bytes in all: beyond, it collects and then raises "not enough memory". Returns memory for
// free() to take back behind lua_close, or NULL if there is none.
void *clua_limit_memory(lua_State *L, size_t limit);
// The bytes that the limits of this process (ulimit -v, ulimit -d) leave it, INT64_MAX without one.
int64_t clua_process_limit(void);
// What Lua holds of it.
size_t clua_memory_used(lua_State *L);

// SIGINT. The handler sets a flag and arms a hook, so that Lua code stops at its next instruction with "interrupted!", and
// at the next one again wherever the error is caught. The flag belongs to the thread that runs Lua; other threads do not see
// it. The signal numbered `signalsToEnd` since the last clua_interrupt_settle ends the process (0: none does); the one
// before writes `lastWarning`, if there is one, to standard error.
void clua_interrupt_install(int signalsToEnd, const char *lastWarning);
void clua_interrupt_request(void);
int clua_interrupt_is_requested(void);
// The same for any thread, whichever was asked to stop.
int clua_interrupt_is_requested_anywhere(void);
// Reads and clears the flag.
int clua_interrupt_take(void);
// The host has control again: clears the flag and begins to count signals anew.
void clua_interrupt_settle(void);
