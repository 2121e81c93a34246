#!/usr/bin/env bash
# Runs the same work in sentx and in sentence-transformers on torch, in turn, and prints the tables of times, ratios and memory.
#
#   scripts/bench/compare.sh                      every workload, three rounds (about ten minutes on two cores)
#   scripts/bench/compare.sh --quick              smaller and with two rounds
#   scripts/bench/compare.sh --only a,c1          some workloads; --help lists them
#   scripts/bench/compare.sh --rounds 5 --threads 1 --precision bf16
#   scripts/bench/compare.sh --parts threads,tokens,memory      sentx alone: scaling, and gradient checkpointing
#   scripts/bench/compare.sh --write              everything, and the results into references/performance.md
#   scripts/bench/compare.sh --data FILE.csv      other short texts; no header: text, text, score from 0 to 5
#
# The reference is installed into a Python environment outside the repository: $SENTX_BENCH_VENV, by default
# ~/.cache/sentx/bench-venv. Short texts are STS-B pairs from ../shared/data/stsb if that is there, else WordNet definitions of
# the same length.
source "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"

arguments=() data=
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) sed -n '2,/^source/{/^#/{s/^# \{0,1\}//;p}}' "${BASH_SOURCE[0]}" && list=yes && shift ;;
        --write) arguments+=(--page references/performance.md) && shift ;;
        --data) [ $# -gt 1 ] || fail "--data needs a file"; data=$2 && shift 2 ;;
        *) arguments+=("$1") && shift ;;
    esac
done

venv=${SENTX_BENCH_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/sentx/bench-venv}
setup_packages
build_programs
[ -z "${list:-}" ] || { echo; exec "$programs/sentx-bench" --help; }
fetch_model
if ! "$venv/bin/python" -c 'import sentence_transformers' 2>/dev/null; then
    { command -v python3 && python3 -c 'import ensurepip, venv'; } >/dev/null 2>&1 || install_packages python3 python3-venv
    say "Installing the reference into $venv (some minutes)"
    python3 -m venv "$venv"
    quietly "$venv/bin/pip" install sentence-transformers || fail "sentence-transformers could not be installed into $venv."
fi
if [ -z "$data" ]; then
    data=../shared/data/stsb/stsb-en-train.csv
    if [ ! -f "$data" ]; then
        prepare_data
        data=data/wordnet/bench-pairs.csv
        [ -f "$data" ] || "$programs/sentx-run" scripts/bench/wordnet_pairs.lua "$data"
    fi
fi
# Models with random parts, which both sides load; made anew each time and removed at the end.
models=$(mktemp -d)
trap 'rm -rf "$models"' EXIT
"$programs/sentx-bench" compare --model "$model_folder" --data "$data" --models "$models" --python "$venv/bin/python" \
    --reference scripts/bench/reference.py --sentx-run "$programs/sentx-run" ${arguments[@]+"${arguments[@]}"}
