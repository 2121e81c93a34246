#!/usr/bin/env bash
# Runs sentx-bench and sentence-transformers in turn on the same work and prints the table of ratios.
#
#   scripts/bench/compare.sh [--rounds N] [--threads N] [--data FILE.csv] [WORKLOAD ...]
#
# The reference is installed into a Python environment outside the repository: $SENTX_BENCH_VENV, by default
# ~/.cache/sentx/bench-venv. Data: a CSV file without header (text, text, score 0 to 5), by default STS-B from
# ../shared/data/stsb if that is there, else WordNet definitions of like length.
source "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"

venv=${SENTX_BENCH_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/sentx/bench-venv}
setup_packages
build_programs
fetch_model
if ! "$venv/bin/python" -c 'import sentence_transformers' 2>/dev/null; then
    command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3 python3-venv
    say "Installing the reference into $venv (some minutes)"
    python3 -m venv "$venv"
    quietly "$venv/bin/pip" install sentence-transformers || fail "sentence-transformers could not be installed into $venv."
fi
data=../shared/data/stsb/stsb-en-train.csv
if [ ! -f "$data" ]; then
    prepare_data
    data=data/wordnet/bench-pairs.csv
    [ -f "$data" ] || "$programs/sentx-run" scripts/bench/wordnet_pairs.lua "$data"
fi
HF_HUB_OFFLINE=1 exec "$venv/bin/python" scripts/bench/compare.py --sentx "$programs/sentx-bench" --model "$model_folder" --data "$data" "$@"
