#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
Usage: bash build/quickstart.sh

Sets up (see build/setup.sh), builds examples/QuickStart and runs it: it trains a small random-pruned network.
The images are CIFAR-10 from the folder that CIFAR10_DIR names, or from ../shared/data/cifar-10-batches-bin;
where neither is there, generated ones.
TEXT
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

bash build/setup.sh --no-report
find_dotnet
if [[ -z "${CIFAR10_DIR:-}" && -d ../shared/data/cifar-10-batches-bin ]]; then
    export CIFAR10_DIR="$root/../shared/data/cifar-10-batches-bin"
fi
echo "quickstart: building examples/QuickStart ..."
dotnet build examples/QuickStart -c Release -v quiet -nologo -clp:NoSummary
exec dotnet run --project examples/QuickStart -c Release --no-build
