#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/test.sh

Sets up (see build/setup.sh), builds the solution and runs every test. The last line is
    N passed, N failed, N skipped
over all test projects. A project whose run broke off counts as one failure.
The exit code is 0 only when tests ran and none failed.
TEXT
}

# The runner's summary of all projects, after the last "Test run summary:". Prints: passed failed skipped.
read_totals() {
    awk '
        { sub(/\r$/, "") }
        /^Test run summary:/ { summary = 1; passed = failed = skipped = 0; next }
        summary && $1 == "succeeded:" { passed = $2 }
        summary && ($1 == "failed:" || $1 == "error:") { failed += $2 }
        summary && $1 == "skipped:" { skipped = $2 }
        END { print passed + 0, failed + 0, skipped + 0 }
    ' "$1"
}

case "${1-}" in
    '') ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        usage >&2
        fail "unknown option '$1'." 2
        ;;
esac

# Servers that outlive the build would keep a pipe that reads this script's output open.
if [[ "${CI:-}" == true ]]; then export MSBUILDDISABLENODEREUSE=1; fi

passed=0 failed=0 skipped=0 log=
finish() {
    local code=$?
    if [[ -n "$log" ]]; then rm -f "$log"; fi
    if ((code == 0 && passed == 0)); then
        echo "test: no test ran." >&2
        code=1
    fi
    if ((code == 0 && failed > 0)); then code=1; fi
    echo "$passed passed, $failed failed, $skipped skipped"
    exit "$code"
}
trap finish EXIT

# Tests look at the report page in Chromium, and are skipped where there is none.
provide_chromium() {
    local name code=0
    for name in chromium chromium-browser google-chrome chrome; do
        if command -v "$name" >/dev/null; then return; fi
    done
    # Ubuntu's package of this name is a snap, which a plain machine cannot run.
    if [[ "$(uname -s)" != Linux ]] || grep -qi '^ID=ubuntu' /etc/os-release 2>/dev/null; then return; fi
    mkdir -p build/obj
    install_packages build/obj/chromium.log chromium || code=$?
    if ((code != 0)); then echo "test: there is no chromium, so the tests that look at the report page are skipped."; fi
}

bash build/setup.sh
provide_chromium
find_dotnet
echo "test: building the solution ..."
dotnet build -c Release -v quiet -nologo -clp:NoSummary || fail "the build failed, so no test ran."
log="$(mktemp)"
code=0
dotnet test -c Release --no-build --no-ansi --no-progress 2>&1 | tee "$log" || code=$?
read -r passed failed skipped < <(read_totals "$log")
if ((code != 0 && failed == 0)); then fail "the test runner ended with code $code, though no test failed: see its words above." "$code"; fi
exit "$code"
