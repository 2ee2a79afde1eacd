#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/setup.sh [--packages | --standins | --ask-again]

Chooses where Microsoft.ML comes from, and writes the choice to build/Packages.props:
  packages   the NuGet packages
  standins   the projects in build/standins, for feeds that do not carry the packages

With no option an earlier choice is kept; where there is none, the package feed is asked once whether it can restore
Microsoft.ML. Nothing is asked twice, so this can be run again at any time.

  --packages    choose packages, without asking
  --standins    choose standins, without asking
  --ask-again   forget the earlier choice and ask the feed
  -h, --help    this text
TEXT
}

props=build/Packages.props
seconds=180

say() { printf 'setup: %s\n' "$1"; }

current_choice() {
    [[ -f "$props" ]] || return 0
    local source
    source="$(sed -n 's:.*<MLNetSource>\(.*\)</MLNetSource>.*:\1:p' "$props" | head -n 1)"
    if [[ "$source" == packages || "$source" == standins ]]; then printf '%s' "$source"; fi
}

write_choice() {
    local temporary
    temporary="$(mktemp build/obj/Packages.props.XXXXXX)"
    cat >"$temporary" <<TEXT
<Project>
  <!-- Written by build/setup: where Microsoft.ML comes from, packages or standins. -->
  <PropertyGroup>
    <MLNetSource>$1</MLNetSource>
  </PropertyGroup>
</Project>
TEXT
    chmod 644 "$temporary"
    mv -f "$temporary" "$props"
}

# Ends a command that takes too long with exit code 124 (142 by way of perl, where there is no timeout command).
limited() {
    if command -v timeout >/dev/null; then
        timeout -k 5 "$seconds" "$@"
    elif command -v perl >/dev/null; then
        perl -e 'alarm shift; exec @ARGV' "$seconds" "$@"
    else
        "$@"
    fi
}

# Restores a throw-away project with the packages that the stand-ins stand in for. It lies inside the repository, so the
# NuGet configuration is the one that the solution's own restore will use. Sets: choice, why.
ask_feed() {
    local packages framework code=0 reason version
    packages="$(sed -n 's:.*<PackageVersion Include="\(Microsoft\.ML[^"]*\)" Version="\([^"]*\)".*:    <PackageReference Include="\1" Version="\2" />:p' Directory.Packages.props)"
    version="$(sed -n 's:.*<PackageVersion Include="Microsoft\.ML" Version="\([^"]*\)".*:\1:p' Directory.Packages.props)"
    framework="$(sed -n 's:.*<TargetFramework>\(.*\)</TargetFramework>.*:\1:p' Directory.Build.props)"
    [[ -n "$packages" && -n "$version" && -n "$framework" ]] ||
        fail "found no version of Microsoft.ML in Directory.Packages.props, or no TargetFramework in Directory.Build.props."

    probe="$(mktemp -d build/obj/probe.XXXXXX)"
    trap 'rm -rf "$root/$probe"' EXIT
    # Empty ones of its own, so that those of the solution do not apply.
    local file
    for file in Directory.Build.props Directory.Build.targets Directory.Packages.props; do
        printf '<Project />\n' >"$probe/$file"
    done
    cat >"$probe/probe.csproj" <<TEXT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>$framework</TargetFramework>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
$packages
  </ItemGroup>
</Project>
TEXT
    say "asking the package feed for Microsoft.ML $version (at most $seconds s) ..."
    limited dotnet restore "$probe/probe.csproj" --disable-parallel -nodeReuse:false -p:NuGetInteractive=false </dev/null >"$probe/log" 2>&1 || code=$?
    if ((code == 0)); then
        choice=packages
        why="the feed carries Microsoft.ML $version"
        return
    fi
    choice=standins
    if ((code == 124 || code == 137 || code == 142)); then
        why="the feed did not answer within $seconds s"
        return
    fi
    reason="$(sed -n 's/.*error \(NU[0-9]*: .*\)/\1/p' "$probe/log" | head -n 1)"
    if [[ -z "$reason" ]]; then
        reason="dotnet restore ended with code $code: $(grep -v '^[[:space:]]*$' "$probe/log" | tail -n 1 || true)"
    fi
    why="the feed cannot restore Microsoft.ML $version ($reason)"
}

# The stand-in of ML.NET's images reads JPEG with the system's libjpeg-turbo.
provide_libturbojpeg() {
    [[ "$(uname -s)" == Linux ]] || {
        say "JPEG images need libjpeg-turbo's TurboJPEG library (libturbojpeg) where the loader finds it."
        return
    }
    if has_library libturbojpeg.so.0; then return; fi
    local package=libturbojpeg0 become=()
    if ! command -v apt-get >/dev/null; then
        say "libturbojpeg.so.0 is missing: JPEG images cannot be read until you install libjpeg-turbo's TurboJPEG library with this system's package manager." >&2
        return
    fi
    # Ubuntu has the same library in a package of another name.
    if grep -qi '^ID=ubuntu' /etc/os-release 2>/dev/null; then package=libturbojpeg; fi
    if [[ "$(id -u)" != 0 ]]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            become=(sudo -n)
        else
            say "$package is missing: JPEG images cannot be read until you run
    sudo apt-get install $package" >&2
            return
        fi
    fi
    say "installing $package, which JPEG images need ..."
    local log=build/obj/apt.log
    install() {
        ${become[@]+"${become[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" </dev/null
    }
    # The package lists of a fresh machine are empty or old: read them anew only when needed.
    if install >"$log" 2>&1 || { ${become[@]+"${become[@]}"} apt-get update </dev/null >>"$log" 2>&1 && install >>"$log" 2>&1; }; then
        rm -f "$log"
        say "installed $package"
    else
        tail -n 5 "$log" >&2
        say "could not install $package (all of apt-get's words: $log): JPEG images cannot be read until it is there." >&2
    fi
}

choice= why= force= again=
for argument in "$@"; do
    case "$argument" in
        --packages | --standins)
            [[ -z "$force" || "$force" == "${argument#--}" ]] || fail "--packages and --standins exclude each other." 2
            force="${argument#--}"
            ;;
        --ask-again) again=yes ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            fail "unknown option '$argument'." 2
            ;;
    esac
done
[[ -z "$force" || -z "$again" ]] || fail "--ask-again asks the feed, which --$force says not to do." 2

mkdir -p build/obj
earlier="$(current_choice)"
if [[ -n "$force" ]]; then
    choice="$force" why="--$force was given"
elif [[ -n "$earlier" && -z "$again" ]]; then
    choice="$earlier" why="as chosen earlier in $props (--ask-again asks the feed anew)"
else
    find_dotnet
    ask_feed
fi

case "$choice" in
    packages) say "packages: Microsoft.ML comes from the NuGet packages; $why." ;;
    standins) say "standins: Microsoft.ML comes from build/standins; $why." ;;
esac
if [[ "$choice" != "$earlier" ]]; then
    write_choice "$choice"
    say "wrote $props"
fi
if [[ "$choice" == standins ]]; then provide_libturbojpeg; fi
