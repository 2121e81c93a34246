#include "CFuzzing.h"

// Weak: they are null unless the program is linked with libFuzzer.
extern int LLVMFuzzerRunDriver(int *count, char ***arguments, cfuzzing_try attempt) __attribute__((weak));
extern size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t room) __attribute__((weak));

static cfuzzing_mutate current_mutate;

int cfuzzing_is_guided(void) { return LLVMFuzzerRunDriver != 0; }

int cfuzzing_run(int count, char **arguments, cfuzzing_try attempt, cfuzzing_mutate mutate) {
    if (!LLVMFuzzerRunDriver) return -1;
    current_mutate = mutate;
    return LLVMFuzzerRunDriver(&count, &arguments, attempt);
}

size_t cfuzzing_engine_mutation(uint8_t *bytes, size_t count, size_t room) {
    return LLVMFuzzerMutate ? LLVMFuzzerMutate(bytes, count, room) : 0;
}

// The engine finds this by its name and calls it instead of its own changes.
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t room, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t room, unsigned seed) {
    return current_mutate ? current_mutate(bytes, count, room, seed) : cfuzzing_engine_mutation(bytes, count, room);
}
