#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source build/peers.sh

usage() {
    cat <<'TEXT'
Usage: bash build/bench.sh [--quick] [options of the comparison]
       bash build/bench.sh kernels [--quick] [options of the kernels]

Sets up (see build/setup.sh), and compares this library's training steps with PyTorch's and its scoring with ONNX Runtime's:
side by side, in turns, medians and quartiles over many repetitions. Prints tables and writes all figures to
build/obj/bench/result.json. A full run takes about 25 minutes, in which the machine should do nothing else.

PyTorch is Debian's python3-torch, ONNX Runtime is npm's onnxruntime-node; both are installed where that is possible.

  --quick       one network, two sparsities, few repetitions: about two minutes, and figures that are only roughly right
  --json FILE   write the figures to this file instead
  --networks, --sparsities, --threads (lists with commas), --repetitions N, --only train|score|limits,
  --peers torch|onnx|none, --python FILE, --node FILE
                what to compare, and with what

kernels measures the sparse engine's inner loops instead, without any peer: GFLOP/s of real work by layer, density and vector width,
next to the machine's multiply-add peak and memory bandwidth; about eight minutes. BenchmarkDotNet writes its reports to
build/obj/bench, and all figures go to build/obj/bench/kernels.json.

  --quick       three layers, three densities, the widest vectors, short iterations: about a minute
  --json FILE   write the figures to this file instead
  --shapes, --densities, --widths (lists with commas; what there is to choose from is said when something is not)
                what to measure

  -h, --help    this text
TEXT
}

folder="$peer_folder"
project=test/MLNet.RandomPruning.Benchmarks
# A comparison without the peer is asked for by --peers.
alternative="--peers none, which measures this library alone"

verb=compare quick= peers=all arguments=() json="$folder/result.json" help=
if [[ "${1:-}" == kernels ]]; then
    verb=kernels peers=none json="$folder/kernels.json"
    shift
fi
while (($# > 0)); do
    case "$verb $1" in
        *' --quick') quick=yes ;;
        *' --json')
            (($# > 1)) || fail "--json names no file." 2
            json="$2"
            shift
            ;;
        'compare --peers')
            (($# > 1)) || fail "--peers names none of all, torch, onnx, none." 2
            peers="$2"
            shift
            ;;
        *' -h' | *' --help') help=yes ;;
        'compare --networks' | 'compare --sparsities' | 'compare --threads' | 'compare --repetitions' | 'compare --only' | 'compare --python' | \
            'compare --node' | 'compare --node-folder' | 'kernels --shapes' | 'kernels --densities' | 'kernels --widths')
            (($# > 1)) || fail "$1 has no value." 2
            arguments+=("$1" "$2")
            if [[ "$1" == --python ]]; then python="$2"; fi
            shift
            ;;
        *)
            usage >&2
            fail "unknown option '$1'." 2
            ;;
    esac
    shift
done
if [[ -n "$help" ]]; then
    usage
    exit 0
fi
[[ "$peers" =~ ^(all|torch|onnx|none)$ ]] || fail "--peers is '$peers', but must be one of all, torch, onnx, none." 2
# Given once more by the user, an option would be there twice.
default() { # option, value
    local given
    for given in ${arguments[@]+"${arguments[@]}"}; do
        if [[ "$given" == "$1" ]]; then return; fi
    done
    arguments+=("$1" "$2")
}
if [[ "$verb" == kernels ]]; then
    arguments=(--json "$json" --artifacts "$folder" ${quick:+--quick} ${arguments[@]+"${arguments[@]}"})
elif [[ -n "$quick" ]]; then
    default --networks ResNet-20-16
    default --threads 2
    default --sparsities 0,0.9
    default --repetitions 9
fi
if [[ "$verb" == compare ]]; then
    default --node-folder "$folder"
    arguments=(--peers "$peers" --json "$json" "${arguments[@]}")
fi

bash build/setup.sh --no-report
mkdir -p "$folder"
# The network that ONNX Runtime scores with is PyTorch's.
if [[ "$peers" != none ]]; then need_module PyTorch torch python3-torch; fi
if [[ "$peers" == all || "$peers" == onnx ]]; then provide_onnxruntime node; fi
find_dotnet
echo "bench: building $project ..."
dotnet build "$project" -c Release -v quiet -nologo -clp:NoSummary || fail "the build failed, so nothing was measured."
exec dotnet "$project/bin/Release/net10.0/MLNet.RandomPruning.Benchmarks.dll" "$verb" "${arguments[@]}"
