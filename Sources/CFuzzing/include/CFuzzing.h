// The engine of libFuzzer, where the program is linked with it (see scripts/fuzz.sh); without it nothing here does anything.
#ifndef CFUZZING_H
#define CFUZZING_H

#include <stddef.h>
#include <stdint.h>

/// Tries an input.
typedef int (*cfuzzing_try)(const uint8_t *bytes, size_t count);
/// Changes an input in place; returns its new length, at most `room`.
typedef size_t (*cfuzzing_mutate)(uint8_t *bytes, size_t count, size_t room, unsigned seed);

/// Whether the program is linked with the engine and so measures which code an input reaches.
int cfuzzing_is_guided(void);

/// Tries inputs until the options say stop. `arguments` are libFuzzer's, the program's name first, with a null behind the last.
int cfuzzing_run(int count, char **arguments, cfuzzing_try attempt, cfuzzing_mutate mutate);

/// The engine's own change of an input, which knows what the program compared its bytes with; 0 without the engine.
size_t cfuzzing_engine_mutation(uint8_t *bytes, size_t count, size_t room);

#endif
