# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the scripts of this folder share. Sourced, not run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # for packaging/deps
TORCH_VERSION=2.13.0
VENV=$ROOT/.deps/venv
cd "$ROOT"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
    say "$*"
    exit 1
}

# As many jobs as cores, but no more than one for every 2 GiB of memory: a file that includes libtorch needs that.
jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/MemAvailable/ { print int($2 / 2097152) }' /proc/meminfo)
    if ((memory < 1)); then memory=1; fi
    echo $((cores < memory ? cores : memory))
}

# The folder with libtorch's include/ and lib/: LIBTORCH_ROOT if set, else the wheel in .deps/venv; nothing if absent.
libtorch_root() {
    local found
    if [[ -n ${LIBTORCH_ROOT:-} ]]; then
        echo "$LIBTORCH_ROOT"
        return
    fi
    for found in "$VENV"/lib/python3*/site-packages/torch; do
        if [[ -e $found/include/ATen/ATen.h ]]; then echo "$found"; fi
    done
}

# configure_and_build TARGET...: the release preset, in build/release.
configure_and_build() {
    local log=$ROOT/build/release/configure.log
    mkdir -p "$ROOT/build/release"
    say "configuring build/release"
    if ! cmake --preset release -DLIBTORCH_ROOT="$(libtorch_root)" >"$log" 2>&1; then
        cat "$log" >&2
        die "CMake could not configure the build; its last lines above say why."
    fi
    say "building $* with $(jobs) jobs (the first time takes minutes)"
    cmake --build build/release --parallel "$(jobs)" --target "$@" >&2 ||
        die "the build failed; the compiler's message above says where."
}
