#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/setup.sh [--packages | --standins | --ask-again] [--no-report]

Chooses where Microsoft.ML and TorchSharp come from, each for itself, and writes the choices to build/Packages.props:
  packages   the NuGet packages
  standins   the projects in build/standins, for feeds that do not carry the packages and systems that TorchSharp's native
             library does not run on; what they need of the system is provided where that is possible (TORCH_ROOT names a
             libtorch other than the system's)

With no option earlier choices are kept; where there are none, the package feed is asked once what it can restore. Nothing
is asked twice, so this can be run again at any time. Node.js with npm, which fetches the chart libraries of randprune's
report page, is installed where that is possible.

  --packages    choose packages for both, without asking
  --standins    choose standins for both, without asking
  --ask-again   forget the earlier choices and ask the feed
  --no-report   do not provide npm: randprune is then built without its report page
  -h, --help    this text
TEXT
}

props=build/Packages.props

say() { printf 'setup: %s\n' "$1"; }

earlier_choice() { # of MLNetSource or TorchSharpSource
    [[ -f "$props" ]] || return 0
    local source
    source="$(sed -n "s:.*<$1>\(.*\)</$1>.*:\1:p" "$props" | head -n 1)"
    if [[ "$source" == packages || "$source" == standins ]]; then printf '%s' "$source"; fi
}

write_choices() {
    local temporary
    temporary="$(mktemp build/obj/Packages.props.XXXXXX)"
    cat >"$temporary" <<TEXT
<Project>
  <!-- Written by build/setup: where Microsoft.ML and TorchSharp come from, packages or standins. -->
  <PropertyGroup>
    <MLNetSource>$1</MLNetSource>
    <TorchSharpSource>$2</TorchSharpSource>
  </PropertyGroup>
</Project>
TEXT
    chmod 644 "$temporary"
    mv -f "$temporary" "$props"
}

# Ends a command that takes too long with exit code 124 (142 by way of perl, where there is no timeout command).
limited() { # seconds, command...
    local seconds="$1"
    shift
    if command -v timeout >/dev/null; then
        timeout -k 5 "$seconds" "$@"
    elif command -v perl >/dev/null; then
        perl -e 'alarm shift; exec @ARGV' "$seconds" "$@"
    else
        "$@"
    fi
}

# The version that Directory.Packages.props names for a package.
central_version() { sed -n "s:.*<PackageVersion Include=\"$1\" Version=\"\([^\"]*\)\".*:\1:p" Directory.Packages.props; }

# Restores a throw-away project with these packages. It lies inside the repository, so the NuGet configuration is the one
# that the solution's own restore will use. Where that fails, sets: why.
can_restore() { # seconds, packages...
    local seconds="$1" what="$2" framework package version references='' code=0 reason
    shift
    framework="$(sed -n 's:.*<TargetFramework>\(.*\)</TargetFramework>.*:\1:p' Directory.Build.props)"
    [[ -n "$framework" ]] || fail "found no TargetFramework in Directory.Build.props."
    for package in "$@"; do
        version="$(central_version "$package")"
        [[ -n "$version" ]] || fail "found no version of $package in Directory.Packages.props."
        references+="    <PackageReference Include=\"$package\" Version=\"$version\" />"$'\n'
    done
    what+=" $(central_version "$what")"

    if [[ -z "${probe:-}" ]]; then
        probe="$(mktemp -d build/obj/probe.XXXXXX)"
        trap 'rm -rf "$root/$probe"' EXIT
    fi
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
$references  </ItemGroup>
</Project>
TEXT
    say "asking the package feed for $what (at most $seconds s) ..."
    limited "$seconds" dotnet restore "$probe/probe.csproj" --disable-parallel -nodeReuse:false -p:NuGetInteractive=false </dev/null >"$probe/log" 2>&1 || code=$?
    if ((code == 0)); then return 0; fi
    if ((code == 124 || code == 137 || code == 142)); then
        why="the feed did not answer within $seconds s"
        return 1
    fi
    reason="$(sed -n 's/.*error \(NU[0-9]*: .*\)/\1/p' "$probe/log" | head -n 1)"
    if [[ -z "$reason" ]]; then
        reason="dotnet restore ended with code $code: $(grep -v '^[[:space:]]*$' "$probe/log" | tail -n 1 || true)"
    fi
    why="the feed cannot restore $what ($reason)"
    return 1
}

# The version of a package that the last can_restore got: a feed may carry a later one only.
restored_version() {
    local version=
    if [[ -f "$probe/obj/project.assets.json" ]]; then
        version="$(sed -n "s:^ *\"$1/\([^\"]*\)\".*:\1:p" "$probe/obj/project.assets.json" | head -n 1)"
    fi
    printf '%s' "${version:-$(central_version "$1")}"
}

# Set: choice, why.
ask_for_mlnet() {
    choice=standins
    can_restore 180 Microsoft.ML Microsoft.ML.ImageAnalytics || return 0
    choice=packages why="the feed carries Microsoft.ML $(restored_version Microsoft.ML)"
}

# TorchSharp is two packages: its own, whose native library asks for a certain C++ runtime of the system, and a libtorch for
# the platform, which is large: it is fetched only where the first can run.
ask_for_torchsharp() {
    local platform version folder native missing
    choice=standins
    can_restore 180 TorchSharp || return 0
    version="$(restored_version TorchSharp)"
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) platform=linux-x64 ;;
        Darwin-arm64) platform=osx-arm64 ;;
        *)
            why="TorchSharp $version has no libtorch for $(uname -s) on $(uname -m)"
            return
            ;;
    esac
    folder="$(sed -n 's:.*<NuGetPackageRoot[^>]*>\([^<]*\)<.*:\1:p' "$probe/obj/probe.csproj.nuget.g.props" 2>/dev/null | head -n 1 || true)"
    native="${folder%/}/torchsharp/$version/runtimes/$platform/native/libLibTorchSharp.so"
    if [[ -f "$native" ]]; then
        missing="$(ldd "$native" 2>&1 | sed -n "s/.* version \`\([^']*\)' not found.*/\1/p" | head -n 1 || true)"
        if [[ -n "$missing" ]]; then
            why="TorchSharp $version needs $missing of the system's C or C++ runtime, which is older here"
            return
        fi
    fi
    can_restore 600 TorchSharp "libtorch-cpu-$platform" || return 0
    choice=packages why="the feed carries TorchSharp $version"
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

# Settles one source: what was forced, else what was chosen earlier, else what the feed says. Sets: choice.
settle() { # name, earlier choice, command that asks
    local name="$1" earlier="$2" ask="$3" why
    if [[ -n "$force" ]]; then
        choice="$force" why="--$force was given"
    elif [[ -n "$earlier" && -z "$again" ]]; then
        choice="$earlier" why="as chosen earlier in $props (--ask-again asks the feed anew)"
    else
        find_dotnet
        "$ask"
    fi
    case "$choice" in
        packages) say "packages: $name comes from the NuGet packages; $why." ;;
        standins) say "standins: $name comes from build/standins; $why." ;;
    esac
}

choice= force= again= report=yes
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
earlier_mlnet="$(earlier_choice MLNetSource)"
earlier_torchsharp="$(earlier_choice TorchSharpSource)"
settle Microsoft.ML "$earlier_mlnet" ask_for_mlnet
mlnet="$choice"
settle TorchSharp "$earlier_torchsharp" ask_for_torchsharp
torchsharp="$choice"
if [[ "$mlnet $torchsharp" != "$earlier_mlnet $earlier_torchsharp" ]]; then
    write_choices "$mlnet" "$torchsharp"
    say "wrote $props"
fi
if [[ -n "$report" ]]; then provide_npm; fi
if [[ "$mlnet" == standins ]]; then provide_libturbojpeg; fi
if [[ "$torchsharp" == standins ]]; then provide_libtorch; fi
