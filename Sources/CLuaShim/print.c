// Lua's print does not notice that its text was not written. This one ends the script, since the text was all it ran for.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "internal.h"

static int cannot_write(lua_State *L) { return luaL_error(L, "cannot write to standard output: %s", strerror(errno)); }

// A signal may end a write that waits for a slow reader; what is left is written then.
static int can_go_on(void) {
    if (errno != EINTR) return 0;
    clearerr(stdout);
    return 1;
}

static int write_all(const char *text, size_t length) {
    for (;;) {
        size_t written = fwrite(text, 1, length, stdout);
        if (written == length) return 1;
        if (!can_go_on()) return 0;
        text += written;
        length -= written;
    }
}

int clua_print(lua_State *L) {
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) {
        size_t length;
        const char *text = luaL_tolstring(L, i, &length);
        if (i > 1 && !write_all("\t", 1)) return cannot_write(L);
        if (!write_all(text, length)) return cannot_write(L);
        lua_pop(L, 1);
    }
    if (!write_all("\n", 1)) return cannot_write(L);
    while (fflush(stdout) != 0) {
        if (!can_go_on()) return cannot_write(L);
    }
    return 0;
}
