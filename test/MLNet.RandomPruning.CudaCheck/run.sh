#!/usr/bin/env bash
# Runs the check on a machine with PyTorch and without .NET: builds the shim against PyTorch's own libtorch and starts the
# published program with both on the loader's path.
#
#   bash run.sh [PUBLISHED-FOLDER] [options of the program, see --help]
#
# The folder is the one this script lies in when it is left out. PYTHON names another Python than python3, TORCH_ROOT a libtorch
# (the folder that holds its include and lib) other than that Python's.
set -euo pipefail

fail() {
    printf 'run: %s\n' "$1" >&2
    exit "${2:-1}"
}

published="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
if (($# > 0)) && [[ "$1" != -* ]]; then
    [[ -d "$1" ]] || fail "there is no folder '$1'; name the published one." 2
    published="$(cd "$1" && pwd)"
    shift
fi
program="$published/MLNet.RandomPruning.CudaCheck"
[[ -f "$program" && -f "$published/native/CMakeLists.txt" ]] ||
    fail "'$published' is not the published folder: it lacks the program, or native/CMakeLists.txt. Publish as README.md says." 2
command -v cmake >/dev/null || fail "there is no cmake on the PATH; install it (python3 -m pip install cmake, or the system's package)."
command -v c++ >/dev/null || fail "there is no C++ compiler (c++) on the PATH; install the system's package (Debian: g++)."

python="${PYTHON:-python3}"
if [[ -z "${TORCH_ROOT:-}" ]]; then
    # torch.utils.cmake_prefix_path is <torch>/share/cmake; the shim wants <torch>, which holds include and lib.
    TORCH_ROOT="$("$python" -c 'import os, torch; print(os.path.dirname(os.path.dirname(torch.utils.cmake_prefix_path)))' 2>/dev/null || true)"
fi

options=() paths="$published"
if [[ -n "$TORCH_ROOT" ]]; then
    [[ -d "$TORCH_ROOT/lib" && -d "$TORCH_ROOT/include" ]] || fail "TORCH_ROOT is '$TORCH_ROOT', which lacks lib or include." 2
    options=("-DTORCH_ROOT=$TORCH_ROOT")
    paths="$paths:$TORCH_ROOT/lib"
    # PyTorch's packages keep the CUDA libraries beside it.
    for folder in "$TORCH_ROOT"/../nvidia/*/lib; do
        if [[ -d "$folder" ]]; then paths="$paths:$(cd "$folder" && pwd)"; fi
    done
    printf 'run: libtorch of %s\n' "$TORCH_ROOT" >&2
else
    printf 'run: %s has no PyTorch and TORCH_ROOT is not set; taking the libtorch of the system\n' "$python" >&2
fi

# What CMake has found for another libtorch must not be taken again.
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
if ! { cmake -S "$published/native" -B "$build" ${options[@]+"${options[@]}"} && cmake --build "$build"; } >"$build/log" 2>&1; then
    tail -n 30 "$build/log" >&2
    fail "the shim could not be built."
fi

# The one that may lie there was built for the libtorch of another machine.
cp "$build/libTorchSharpStandin.so" "$published/libTorchSharpStandin.so.new"
mv -f "$published/libTorchSharpStandin.so.new" "$published/libTorchSharpStandin.so"
chmod u+x "$program"

export LD_LIBRARY_PATH="$paths${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# OpenMP's threads would otherwise spin while they wait, against the sparse engine's.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"
"$program" "$@"
