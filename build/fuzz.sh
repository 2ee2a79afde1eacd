#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/fuzz.sh [N] [options]

Sets up (see build/setup.sh), and reads N (100000 unless given) mutated and truncated model files, mask files and checkpoints. Each
must be refused with a message for people, or read as what the file that it was made of is read as (or, where its digest was made
anew, as something else that is sound), with no crash or hang and at most twice the memory. Prints what became of them; files of
cases that fail are written to build/obj/fuzz. 100000 take about two minutes on two cores.

  --seed SEED       other files; each seed gives the same ones every time
  --case NUMBER     only this one case of the seed, and what became of it
  --corpus DIR      mutates the model and mask files of a folder too
  --threads N       how many threads to use (all processors unless given)
  --limit SECONDS   when a case counts as hanging (5)
  -h, --help        this text
TEXT
}

folder=build/obj/fuzz
project=test/MLNet.RandomPruning.Fuzz
arguments=()
while (($# > 0)); do
    case "$1" in
        -h | --help)
            usage
            exit 0
            ;;
        --seed | --case | --corpus | --threads | --limit)
            (($# > 1)) || fail "$1 has no value." 2
            arguments+=("$1" "$2")
            shift
            ;;
        *)
            if [[ ! "$1" =~ ^[0-9]+$ ]]; then
                usage >&2
                fail "unknown option '$1'." 2
            fi
            arguments+=(--cases "$1")
            ;;
    esac
    shift
done

bash build/setup.sh --no-report
mkdir -p "$folder"
rm -f "$folder"/under-way-*
find_dotnet
echo "fuzz: building $project ..."
dotnet build "$project" -c Release -v quiet -nologo -clp:NoSummary || fail "the build failed, so nothing was read."
code=0
dotnet "$project/bin/Release/net10.0/MLNet.RandomPruning.Fuzz.dll" --keep "$folder" ${arguments[@]+"${arguments[@]}"} || code=$?
if ((code > 2)); then
    fail "the process ended with code $code while it ran the cases $(cat "$folder"/under-way-* 2>/dev/null | tr '\n' ' ')of those asked for." 1
fi
exit "$code"
