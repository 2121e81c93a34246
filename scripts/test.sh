#!/usr/bin/env bash
# Sets everything up and runs the tests, optimised.
#
#   scripts/test.sh                     all of them, in a few minutes on two cores, after the build
#   scripts/test.sh --filter NAME       those whose name matches: a layer, a suite or a test
#   scripts/test.sh --skip NAME         all but those
#
# Safe to repeat; what is already done is not done again.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
case ${1:-} in -h | --help) explain ;; esac
options=("$@")
while [ $# -gt 0 ]; do
    case $1 in
        --filter | --skip) [ $# -gt 1 ] || refuse "$1 needs a name"; shift 2 ;;
        --filter=?* | --skip=?*) shift ;;
        *) refuse "unknown argument '$1'; see scripts/test.sh --help" ;;
    esac
done

setup_packages
fetch_model
say "Building and running the tests"
# Without testable imports, which the tests do not use, the objects are those of the programs, so that nothing is compiled twice.
# One after the other: the tape and the default random generator belong to one thread.
exec swift test -c release --disable-testable-imports --disable-xctest --no-parallel "${options[@]}"
