# What the scripts of this folder share; sourced, not run.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
# The system's folders hold ldconfig, and are not on the PATH of an ordinary user.
export PATH="$PATH:/usr/sbin:/sbin"

fail() {
    printf '%s: %s\n' "$(basename "$0" .sh)" "$1" >&2
    exit "${2:-1}"
}

has_library() { # file name, as the loader knows it
    # No pipe into grep -q: with pipefail, ldconfig's broken pipe would read as "missing".
    local known
    known="$(ldconfig -p 2>/dev/null || true)"
    [[ "$known" == *"$1"* ]]
}

find_dotnet() {
    local folder
    if ! command -v dotnet >/dev/null; then
        for folder in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
            if [[ -n "$folder" && -x "$folder/dotnet" ]]; then
                export DOTNET_ROOT="$folder" PATH="$folder:$PATH"
                break
            fi
        done
    fi
    command -v dotnet >/dev/null || fail "there is no dotnet on the PATH. Install the .NET 10 SDK, then run this again."
    # Nothing here needs ICU, and a bare Debian has none: without it the SDK itself starts in invariant mode only.
    if [[ "$(uname -s)" == Linux && -z "${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-}" ]] && ! has_library libicuuc.so; then
        export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
    fi
    local answer
    answer="$(dotnet --version 2>&1)" || fail "dotnet does not offer the SDK that global.json names. It said:
$answer"
}
