#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "internal.h"

// Whether this thread's computation is to stop. It stays so until the host has control again or takes the request: code
// that catches the error, be it by pcall, a coroutine, a message handler or __close, is stopped at its next instruction.
// The signal is always handled on the thread that owns the Lua state.
static _Thread_local atomic_int requested;
// Whether any thread's is: for threads that work for another.
static atomic_int requested_anywhere;
static volatile sig_atomic_t signals_seen;
static int signals_to_end;
static const char *warning;
static pthread_t owner;

// The coroutine that executes on this thread.
static _Thread_local lua_State *volatile running;

static void stop(lua_State *L, lua_Debug *activation) {
    (void)activation;
    if (!atomic_load(&requested)) {
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    clua_push_position(L, 0);
    lua_pushliteral(L, "interrupted!");
    lua_concat(L, 2);
    lua_error(L);
}

// Only instructions of Lua functions: the message handlers of the host are C functions, and have to get through.
static void arm(lua_State *L) { lua_sethook(L, stop, LUA_MASKCOUNT, 1); }

lua_State *clua_exchange_running(lua_State *L) {
    lua_State *previous = running;
    running = L;
    // A hook belongs to one coroutine.
    if (L && atomic_load(&requested)) arm(L);
    return previous;
}

void clua_interrupt_request(void) {
    atomic_store(&requested, 1);
    atomic_store(&requested_anywhere, 1);
    // lua_sethook is the one call of the API that may come from a signal handler.
    if (running) arm(running);
}

static void on_interrupt(int signal_number) {
    // A worker thread may receive the signal; the Lua state belongs to another one.
    if (!pthread_equal(pthread_self(), owner)) {
        pthread_kill(owner, signal_number);
        return;
    }
    signals_seen++;
    if (signals_to_end > 0 && signals_seen >= signals_to_end) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
        return;
    }
    if (warning && signals_seen == signals_to_end - 1) {
        ssize_t written = write(STDERR_FILENO, warning, strlen(warning));
        (void)written;
    }
    clua_interrupt_request();
}

void clua_interrupt_install(int signalsToEnd, const char *lastWarning) {
    owner = pthread_self();
    signals_to_end = signalsToEnd;
    warning = lastWarning;
    signals_seen = 0;
    struct sigaction action = {0};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    // No SA_RESTART: a read that waits for input has to end.
    sigaction(SIGINT, &action, NULL);
    // A parent process may have started this one with the signal blocked.
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
}

int clua_interrupt_is_requested(void) { return atomic_load(&requested); }

int clua_interrupt_is_requested_anywhere(void) { return atomic_load(&requested_anywhere); }

int clua_interrupt_take(void) {
    int was = atomic_exchange(&requested, 0);
    if (was) atomic_store(&requested_anywhere, 0);
    return was;
}

void clua_interrupt_settle(void) {
    signals_seen = 0;
    clua_interrupt_take();
}
