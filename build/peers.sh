# What the scripts share that hold this library against PyTorch and ONNX Runtime; sourced after common.sh.

# Where ONNX Runtime lies, and its version.
peer_folder=build/obj/bench
onnxruntime=1.30.0
python=/usr/bin/python3
# What there is to do without a peer; said where one is missing.
alternative=

has_module() { # Python's name of it
    "$python" -c "import $1" >/dev/null 2>&1
}

# Installs packages, and ends where that is not possible.
need() { # what for, packages...
    local what="$1" code=0 log
    log="build/obj/$(basename "$0" .sh)-apt.log"
    shift
    install_packages "$log" "$@" || code=$?
    case "$code" in
        0) ;;
        2) fail "$what is missing, and this machine has no apt-get: the comparison is made for Debian${alternative:+; or use $alternative}." ;;
        3) fail "$what is missing. Run
    sudo apt-get install $*
and then this again${alternative:+; or use $alternative}." ;;
        *) fail "could not install $* (all of apt-get's words: $log)${alternative:+; or use $alternative}." ;;
    esac
}

need_module() { # what for, Python's name of it, package
    has_module "$2" || need "$1" "$3"
    has_module "$2" || fail "'$python' has no $1, though $3 is installed; name another Python with --python."
}

provide_onnxruntime() { # where to find Node.js
    local package="$peer_folder/node_modules/onnxruntime-node/package.json" log
    log="build/obj/$(basename "$0" .sh)-npm.log"
    if ! command -v npm >/dev/null || ! command -v "$1" >/dev/null; then need "npm" nodejs npm; fi
    if [[ -f "$package" ]] && grep -q "\"version\": \"$onnxruntime\"" "$package"; then return; fi
    printf '%s: fetching onnxruntime-node %s ...\n' "$(basename "$0" .sh)" "$onnxruntime"
    mkdir -p "$peer_folder"
    printf '{ "private": true }\n' >"$peer_folder/package.json"
    # Its install script fetches parts for GPUs, which are not used here; what computes on the CPU is in the package.
    npm install --prefix "$peer_folder" --ignore-scripts --no-audit --no-fund --save-exact "onnxruntime-node@$onnxruntime" </dev/null >"$log" 2>&1 ||
        fail "npm could not fetch onnxruntime-node $onnxruntime (all of its words: $log)${alternative:+; or use $alternative}."
    rm -f "$log"
}
