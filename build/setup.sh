#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/setup.sh [--packages | --standins | --ask-again] [--no-report]

Chooses where Microsoft.ML and TorchSharp come from, and writes the choice to build/Packages.props:
  packages   the NuGet packages
  standins   the projects in build/standins, for feeds that do not carry the packages; what they need of the system is
             provided where that is possible (TORCH_ROOT names a libtorch other than the system's)

With no option an earlier choice is kept; where there is none, the package feed is asked once whether it can restore
Microsoft.ML. Nothing is asked twice, so this can be run again at any time. Node.js with npm, which fetches the chart
libraries of randprune's report page, is installed where that is possible.

  --packages    choose packages, without asking
  --standins    choose standins, without asking
  --ask-again   forget the earlier choice and ask the feed
  --no-report   do not provide npm: randprune is then built without its report page
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
    local package=libturbojpeg0 log=build/obj/apt.log
    # Ubuntu has the same library in a package of another name.
    if grep -qi '^ID=ubuntu' /etc/os-release 2>/dev/null; then package=libturbojpeg; fi
    provide "$package" "$log" "JPEG images cannot be read" \
        "libturbojpeg.so.0 is missing: JPEG images cannot be read until you install libjpeg-turbo's TurboJPEG library with this system's package manager." "$package"
}

# Installs packages, and says what cannot be done without them where that is not possible; ends nothing.
provide() { # what is missing, log, what cannot be done, words where there is no apt-get, packages...
    local missing="$1" log="$2" without="$3" elsewhere="$4" code=0
    shift 4
    install_packages "$log" "$@" || code=$?
    case "$code" in
        0) say "installed $*" ;;
        2) say "$elsewhere" >&2 ;;
        3) say "$missing is missing: $without until you run
    sudo apt-get install $*" >&2 ;;
        *) say "could not install $* (all of apt-get's words: $log): $without until it is there." >&2 ;;
    esac
}

# The report page of randprune holds chart libraries, which npm fetches when the tool is built.
provide_npm() {
    if command -v npm >/dev/null && command -v node >/dev/null; then return; fi
    local elsewhere="npm is missing: randprune is built without its report page until you install Node.js with npm and build again."
    if [[ "$(uname -s)" != Linux ]]; then
        say "$elsewhere" >&2
        return
    fi
    provide npm build/obj/npm.log "randprune is built without its report page" "$elsewhere" nodejs npm
}

# The stand-in of TorchSharp runs on the system's libtorch, by way of a shim that is built here. Without it everything but
# the TorchSharp engine works, so nothing that goes wrong here ends the set-up.
provide_libtorch() {
    local sources=build/standins/TorchSharp/native target=build/obj/TorchSharp log=build/obj/libtorch.log
    local library="$target/libTorchSharpStandin.so" missing=() failed
    # Only Linux has a libtorch among its packages that can be counted on.
    [[ -f "$sources/CMakeLists.txt" && "$(uname -s)" == Linux ]] || return 0
    if [[ -f "$library" && -z "$(find "$sources" -newer "$library" -print -quit)" ]]; then return; fi
    without() { say "the TorchSharp engine cannot run: $1" >&2; }

    has_library libtorch_cpu.so || [[ -n "${TORCH_ROOT:-}" ]] || missing+=(libtorch-dev)
    command -v cmake >/dev/null || missing+=(cmake)
    command -v c++ >/dev/null || missing+=(g++)
    command -v make >/dev/null || missing+=(make)
    if ((${#missing[@]} > 0)); then
        local code=0
        install_packages "$log" "${missing[@]}" || code=$?
        case "$code" in
            0) ;;
            2)
                without "it needs libtorch with its headers, CMake and a C++ compiler. Install them with this system's package manager, then run build/setup.sh again."
                return
                ;;
            3)
                without "run
    sudo apt-get install ${missing[*]}
and then build/setup.sh again."
                return
                ;;
            *)
                without "could not install ${missing[*]} (all of apt-get's words: $log)."
                return
                ;;
        esac
    fi

    say "building the TorchSharp stand-in's native library (about a minute) ..."
    failed=
    cmake -S "$sources" -B "$target" ${TORCH_ROOT:+"-DTORCH_ROOT=$TORCH_ROOT"} >"$log" 2>&1 && cmake --build "$target" >>"$log" 2>&1 || failed=yes
    if [[ -n "$failed" ]]; then
        tail -n 15 "$log" >&2
        without "its native library could not be built (all of CMake's words: $log)."
        return
    fi
    rm -f "$log"
    say "built $library"
}

choice= why= force= again= report=yes
for argument in "$@"; do
    case "$argument" in
        --packages | --standins)
            [[ -z "$force" || "$force" == "${argument#--}" ]] || fail "--packages and --standins exclude each other." 2
            force="${argument#--}"
            ;;
        --ask-again) again=yes ;;
        --no-report) report= ;;
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
if [[ -n "$report" ]]; then provide_npm; fi
if [[ "$choice" == standins ]]; then
    provide_libturbojpeg
    provide_libtorch
fi
