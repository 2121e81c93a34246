#!/usr/bin/env bash
# Feeds everything that is read from outside with inputs that are nearly right: files of models, tokenizers, datasets, indexes and
# checkpoints, and scripts.
#
#   scripts/fuzz.sh                    every kind of input, a minute each
#   scripts/fuzz.sh KIND [SECONDS]     one kind; scripts/fuzz.sh --list names them
#   scripts/fuzz.sh --repeat FILE      tries an input again that was found
#   scripts/fuzz.sh --help             the rest
#
# The programs are built once more, so that they count which code an input reaches (libFuzzer's part of the Swift toolchain) and
# notice each access to memory that is not theirs (the address sanitizer); the first time takes a quarter of an hour. Where the
# toolchain lacks either, and with SENTX_FUZZ_PLAIN=1, the ordinary build is used, and messages show how far an input came.
# What is found is kept below .cache/fuzz.
from=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

setup_packages
runtime=$(dirname "$(dirname "$(realpath "$(command -v swift)")")")/lib
engine=$(find "$runtime/" -name "libclang_rt.fuzzer_no_main-$(uname -m).a" 2>/dev/null | head -n 1)
sanitizer=$(find "$runtime/" -name "libclang_rt.asan-$(uname -m).a" 2>/dev/null | head -n 1)
options=(-c release --product sentx-fuzz)
if [ -z "${SENTX_FUZZ_PLAIN:-}" ] && [ -n "$engine" ] && [ -n "$sanitizer" ]; then
    options+=(--scratch-path .build/fuzz -Xswiftc -sanitize=address
        -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp
        -Xlinker -u -Xlinker LLVMFuzzerRunDriver -Xlinker "$engine" -Xlinker -lstdc++)
fi
say "Building the fuzzer"
quietly swift build "${options[@]}" || fail "the build failed; SENTX_FUZZ_PLAIN=1 does without the sanitizer"
program=$(swift build "${options[@]}" --show-bin-path)/sentx-fuzz
# Files that are named were meant from where the script was called.
arguments=()
for argument in "$@"; do
    if [ ! -e "$argument" ] && [ -e "$from/$argument" ]; then argument=$from/$argument; fi
    arguments+=("$argument")
done
exec "$program" "${arguments[@]}"
