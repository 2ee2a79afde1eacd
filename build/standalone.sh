#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/standalone.sh [--model FILE] [--image FILE] [--runs N] [--aot] [--rid RID]

Publishes examples/StandaloneScoring to build/obj/standalone as one file that needs no .NET on the machine that it runs on, and
measures it: its size, the time from the start of the process to the first prediction that it prints, and how many images it
scores in a second.

  --model FILE  a model file, as 'randprune export --format model' writes it; without one a small network is trained for a few seconds on
                generated images
  --image FILE  the image to start with; without one a generated image
  --runs N      how many starts (20); the median and the quartiles are printed
  --aot         compile to machine code ahead of time (NativeAOT); takes the package runtime.RID.Microsoft.DotNet.ILCompiler and a C
                compiler's linker
  --rid RID     publish for another system, such as win-x64 or linux-arm64, and measure the size only
  -h, --help    this text
TEXT
}

project=examples/StandaloneScoring folder=build/obj/standalone
model= image= runs=20 aot= rid=
while (($# > 0)); do
    case "$1" in
        --model | --image | --runs | --rid)
            (($# > 1)) || fail "$1 has no value." 2
            case "$1" in
                --model) model="$2" ;;
                --image) image="$2" ;;
                --runs) runs="$2" ;;
                --rid) rid="$2" ;;
            esac
            shift
            ;;
        --aot) aot=yes ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            fail "unknown option '$1'." 2
            ;;
    esac
    shift
done
[[ "$runs" =~ ^[1-9][0-9]*$ ]] || fail "--runs is '$runs', but must be a number from 1." 2
# Files are named as seen from where this was called.
if [[ -n "$model" && "$model" != /* ]]; then model="$OLDPWD/$model"; fi
if [[ -n "$image" && "$image" != /* ]]; then image="$OLDPWD/$image"; fi
for file in "$model" "$image"; do
    [[ -z "$file" || -f "$file" ]] || fail "there is no file '$file'."
done

find_dotnet
# Whatever the SDK runs on, unless another system is asked for.
target="${rid:-$(dotnet --info | sed -n 's/^ *RID: *//p' | head -n 1)}"
[[ -n "$target" ]] || fail "dotnet does not say what system this is; name it with --rid."
options=(-c Release -r "$target" -o "$folder/app" -v quiet -nologo)
if [[ -n "$aot" ]]; then options+=(-p:PublishAot=true); fi
rm -rf "$folder/app"
mkdir -p "$folder"
echo "standalone: publishing $project for $target ..."
dotnet publish "$project" "${options[@]}" || fail "publishing failed, so nothing was measured."
program="$folder/app/standalone-scoring"
if [[ ! -f "$program" ]]; then program="$program.exe"; fi
bytes="$(wc -c <"$program")"
others="$(find "$folder/app" -type f ! -name 'standalone-scoring*' | wc -l)"
printf 'size                              %d.%02d MB (%d bytes, %d other files)\n' $((bytes / 1000000)) $((bytes % 1000000 / 10000)) "$bytes" "$others"
if [[ -n "$rid" ]]; then exit 0; fi

if [[ -z "$model" || -z "$image" ]]; then
    sample="$folder/sample"
    if [[ ! -f "$sample/model.safetensors" ]]; then
        echo "standalone: training a model on generated images ..."
        dotnet run --project test/MLNet.RandomPruning.Soak -c Release -v quiet -- sample "$sample" || fail "no model was made."
    fi
    model="${model:-$sample/model.safetensors}"
    if [[ -z "$image" ]]; then
        images=("$sample"/*.ppm)
        image="${images[0]}"
    fi
fi

now() { # microseconds
    printf '%s' "${EPOCHREALTIME/[.,]/}"
}

times=()
first=
# The first start brings the file into the system's cache, and is not counted.
for ((run = 0; run <= runs; run++)); do
    start="$(now)"
    # Until the first line is there, not until the process has ended.
    IFS= read -r first < <("$program" "$model" "$image") || fail "it printed no prediction."
    end="$(now)"
    if ((run > 0)); then times+=($((end - start))); fi
done
mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
at() { # share in percent
    local time="${times[$(((${#times[@]} - 1) * $1 / 100))]}"
    printf '%d.%d' $((time / 1000)) $((time % 1000 / 100))
}
printf 'start to first prediction         %s ms (quartiles %s and %s, %d starts)\n' "$(at 50)" "$(at 25)" "$(at 75)" "$runs"
printf 'first prediction                  %s\n' "$first"
"$program" --benchmark "$model" "$image"
