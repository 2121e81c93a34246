#!/usr/bin/env bash
# Sets everything up and runs the tests, optimised. Arguments go to `swift test`, for example: scripts/test.sh --filter Tokenizers
# Safe to repeat; what is already done is not done again.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

setup_packages
fetch_model
say "Building and running the tests"
# One after the other: the tape and the default random generator belong to one thread.
exec swift test -c release --disable-xctest --no-parallel "$@"
