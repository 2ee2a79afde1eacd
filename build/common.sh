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

# Installs packages of Debian's kind: at once as root, by sudo where it asks for nothing. Returns 2 where this machine has no
# apt-get, 3 where the user may not, 1 where apt-get failed, whose words are then in the log.
install_packages() { # log, packages...
    local log="$1" become=()
    shift
    command -v apt-get >/dev/null || return 2
    if [[ "$(id -u)" != 0 ]]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 3
        become=(sudo -n)
    fi
    install() {
        ${become[@]+"${become[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null
    }
    printf '%s: installing %s ...\n' "$(basename "$0" .sh)" "$*"
    # The package lists of a fresh machine are empty or old: read them anew only when needed.
    if install "$@" >"$log" 2>&1 || { ${become[@]+"${become[@]}"} apt-get update </dev/null >>"$log" 2>&1 && install "$@" >>"$log" 2>&1; }; then
        rm -f "$log"
        return 0
    fi
    tail -n 5 "$log" >&2
    return 1
}
