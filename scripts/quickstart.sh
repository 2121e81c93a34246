#!/usr/bin/env bash
# Sets everything up and trains a reranker: given a definition, put the words it defines first.
#
#   scripts/quickstart.sh                  about ten minutes of training on two cores, after the build
#   SMOKE_TEST=1 scripts/quickstart.sh     the same path on a handful of rows, in about a minute after the build
#
# Safe to repeat; what is already done is not done again.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

setup_packages
build_programs
fetch_model
prepare_data
say "Training: sentx-run scripts/train_cross_encoder.lua"
exec "$programs/sentx-run" scripts/train_cross_encoder.lua "$@"
