#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/soak.sh [SECONDS [THREADS]]

Has many threads (16) call one model at once for a while (60 seconds), in every way that there is: single images and batches, bytes and floats, planar and interleaved. Each answer is held, bit for bit, to the one that a single thread
gave. Prints how many calls were made, how many were wrong, and what the process allocated after the first 10 seconds.
The exit code is 0 only when no answer was wrong and calls allocated nothing.
TEXT
}

case "${1-}" in
    -h | --help)
        usage
        exit 0
        ;;
esac
seconds="${1:-60}" threads="${2:-16}"
if (($# > 2)) || ! [[ "$seconds" =~ ^[0-9]+(\.[0-9]+)?$ && "$threads" =~ ^[0-9]+$ ]]; then
    usage >&2
    fail "SECONDS and THREADS must be numbers." 2
fi

find_dotnet
project=test/MLNet.RandomPruning.Soak
dotnet build "$project" -c Release -v quiet -nologo -clp:NoSummary || fail "the build failed, so nothing was tried."
exec dotnet "$project/bin/Release/net10.0/MLNet.RandomPruning.Soak.dll" soak "$seconds" "$threads"
