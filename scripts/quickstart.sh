#!/usr/bin/env bash
# Sets everything up and trains a reranker: given a definition, put the words it defines first.
#
#   scripts/quickstart.sh                  about ten minutes of training on two cores, after the build
#   scripts/quickstart.sh TEMPLATE.lua     the same set-up, then another template: any of scripts/train_*.lua
#   scripts/quickstart.sh [TEMPLATE.lua] --eval-only   options that the template has go to it
#   SMOKE_TEST=1 scripts/quickstart.sh     the same path on a handful of rows, in about a minute after the build
#
# Safe to repeat; what is already done is not done again.
template=scripts/train_cross_encoder.lua
case ${1:-} in *.lua) template=$(realpath -- "$1"); shift ;; esac
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
case ${1:-} in -h | --help) explain ;; esac
template=${template#"$PWD"/}
[ -f "$template" ] || refuse "there is no template $template; there are: $(echo scripts/train_*.lua)"
# Nothing is installed, built or trained for an option that the template would refuse.
case ${1:--} in -*) ;; *) refuse "unknown argument '$1'; see scripts/quickstart.sh --help" ;; esac
for argument in "$@"; do
    case $argument in -*) grep -qwF -e "${argument%%=*}" "$template" || refuse "$template has no option '$argument'" ;; esac
done

setup_packages
build_programs
fetch_model
prepare_data
# Only templates that name it need the parallel text.
if grep -q data/iso-codes "$template"; then make_parallel_data; fi
say "Training: sentx-run $template"
exec "$programs/sentx-run" "$template" "$@"
