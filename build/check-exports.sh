#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source build/peers.sh

usage() {
    cat <<'TEXT'
Usage: bash build/check-exports.sh [options] --data DIR MODEL...
       bash build/check-exports.sh [options] --quick

Sets up (see build/setup.sh), writes each model as ONNX in every form and as safetensors for PyTorch, and holds what others make of
the files to what this library scores: ONNX Runtime's scores and labels, onnx.checker's verdict, PyTorch's scores with the
weights loaded strictly into the reference network; and, the way back, networks that PyTorch makes and this library imports.
Prints tables. The exit code is 0 only when all scores agree to 1e-4 and all labels are the same but for those whose logits lie that
close together, which are listed. All files stay in build/obj/check-exports.

PyTorch and onnx are Debian's python3-torch and python3-onnx, ONNX Runtime is npm's onnxruntime-node; all are installed where that is
possible. Nine networks on all 10,000 images take about an hour on two cores.

  --data DIR    CIFAR-10's binary version, whose test images the models are scored on
  --quick       networks of random weights on generated images instead of models: about a minute
  --images N    score the first N images only
  --forms LIST  write these forms only, with commas: dense, batch-norm, float, interleaved, sparse, int8, sparse-int8
  --threads N   how many threads each may use; all cores when not given
  --python FILE, --node FILE
                the peers' programs
  -h, --help    this text
TEXT
}

folder=build/obj/check-exports
project=test/MLNet.RandomPruning.ExportCheck
node=node threads= quick= data= arguments=() models=()
while (($# > 0)); do
    case "$1" in
        --quick) quick=yes ;;
        --data | --images | --forms | --threads | --python | --node)
            (($# > 1)) || fail "$1 has no value." 2
            case "$1" in
                --data) data="$2" ;;
                --threads) threads="$2" ;;
                --python) python="$2" ;;
                --node) node="$2" ;;
                *) arguments+=("$1" "$2") ;;
            esac
            shift
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        -*)
            usage >&2
            fail "unknown option '$1'." 2
            ;;
        *) models+=("$1") ;;
    esac
    shift
done
if [[ -n "$quick" ]]; then
    [[ -z "$data" ]] && ((${#models[@]} == 0)) || fail "--quick makes its own networks and images; it takes neither --data nor models." 2
else
    ((${#models[@]} > 0)) || fail "no model is named; --quick makes networks of its own." 2
    [[ -n "$data" ]] || fail "--data names no folder with CIFAR-10's test images." 2
    arguments+=(--data "$data")
    for model in "${models[@]}"; do
        [[ -f "$model" ]] || fail "there is no model file '$model'." 2
    done
fi
threads="${threads:-$(getconf _NPROCESSORS_ONLN)}"
[[ "$threads" =~ ^[1-9][0-9]{0,3}$ ]] || fail "--threads is '$threads', but must be a whole number from 1 on." 2

bash build/setup.sh --no-report
mkdir -p build/obj
need_module PyTorch torch python3-torch
need_module onnx onnx python3-onnx
provide_onnxruntime "$node"
find_dotnet
echo "check-exports: building $project ..."
dotnet build "$project" -c Release -v quiet -nologo -clp:NoSummary || fail "the build failed, so nothing was checked."
built="$project/bin/Release/net10.0"

rm -rf "$folder"
dotnet "$built/MLNet.RandomPruning.ExportCheck.dll" export "$folder" ${models[@]+"${models[@]}"} ${arguments[@]+"${arguments[@]}"} --threads "$threads"
"$node" "$built/Peers/onnx_scores.mjs" "$folder" "$peer_folder" "$threads"
"$python" "$built/Peers/onnx_checker.py" "$folder"
OMP_NUM_THREADS="$threads" "$python" "$built/Peers/torch_scores.py" "$folder"
exec dotnet "$built/MLNet.RandomPruning.ExportCheck.dll" compare "$folder" --threads "$threads"
