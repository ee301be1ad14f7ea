#!/bin/sh
# Compiles the simulated CUDA device: libraries that stand in for the driver, cuBLAS and cuDNN (docs/simulated-device.md).
# usage: src/test/native/simcuda/build.sh OUTPUT_DIRECTORY
# Compiles only what is older than its sources.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$source/../../../.." && pwd)
out=$1
work=$out/work
compiler=${CXX:-g++}
common="-std=c++17 -O2 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fno-gnu-unique -ffp-contract=off -Wall -Wextra -I$source"

if ! command -v "$compiler" >/dev/null 2>&1; then
    echo "Duet's simulated CUDA device needs the C++ compiler '$compiler', which was not found; install it with: apt-get install g++" >&2
    exit 1
fi
mkdir -p "$work"

stale() { # TARGET SOURCE...: true if the target is missing or older than a source (directories: any file in them)
    target=$1
    shift
    [ ! -f "$target" ] || [ -n "$(find "$@" -type f -newer "$target")" ]
}

compile() { # OBJECT SOURCE: a library's own code
    if stale "$1" "$2" "$source"/*.h "$source/build.sh"; then
        # shellcheck disable=SC2086 # flags are words
        "$compiler" $common -c "$2" -o "$1.new"
        mv "$1.new" "$1"
    fi
}

stubs() { # API_LIST STATUS OBJECT...: C++ text with a function for each name of the list that no object defines
    list=$1
    status=$2
    shift 2
    echo '#include "simcuda.h"'
    nm --defined-only "$@" | awk '{print $3}' | LC_ALL=C sort -u | LC_ALL=C comm -13 - "$list" | while read -r name; do
        echo "extern \"C\" SIMCUDA_API int $name() { simcuda_unsupported(\"$name\"); return $status; }"
    done
}

link() { # LIBRARY SONAME PATTERN VERSION_NODE FLAGS_OR_OBJECTS...: exports only what the pattern names, under the node (- for none)
    library=$1
    soname=$2
    node=$4
    if [ "$node" = - ]; then node=; fi
    echo "$node { global: $3 local: *; };" >"$work/$library.map"
    shift 4
    "$compiler" -shared -o "$out/$library.new" -Wl,-soname,"$soname" -Wl,--version-script="$work/$library.map" \
        -Wl,--no-undefined -Wl,-rpath,'$ORIGIN' "$@"
    mv "$out/$library.new" "$out/$library"
}

library() { # NAME SONAME PATTERN VERSION_NODE STATUS: NAME.cpp and stubs for the rest of NAME_api.txt, on top of the driver
    name=$1
    if [ ! -f "$source/$name.cpp" ]; then return; fi
    if stale "$out/$2" "$source/$name.cpp" "$source/${name}_api.txt" "$source"/*.h "$source/build.sh"; then
        compile "$work/$name.o" "$source/$name.cpp"
        stubs "$source/${name}_api.txt" "$5" "$work/$name.o" >"$work/${name}_stubs.cpp"
        compile "$work/${name}_stubs.o" "$work/${name}_stubs.cpp"
        link "$2" "$2" "$3" "$4" "$work/$name.o" "$work/${name}_stubs.o" "$out/libcuda.so.1"
    fi
}

empty() { # SONAME: a library that is only there to be opened
    if [ ! -f "$out/$1" ]; then
        echo "extern \"C\" __attribute__((visibility(\"default\"))) int $(echo "$1" | sed 's/\.so.*//')_simulated() { return 1; }" >"$work/empty.cpp"
        # shellcheck disable=SC2086
        "$compiler" $common -c "$work/empty.cpp" -o "$work/empty.o"
        link "$1" "$1" "lib*;" "$1" "$work/empty.o"
    fi
}

compile "$work/driver.o" "$source/driver.cpp"
stubs "$source/cuda_api.txt" 801 "$work/driver.o" >"$work/cuda_stubs.cpp"
compile "$work/cuda_stubs.o" "$work/cuda_stubs.cpp"
link libcuda.so.1 libcuda.so.1 "cu*; simcuda_*; Java_*; extern \"C++\" { simcuda_*; };" - "$work/driver.o" "$work/cuda_stubs.o"
library cublas libcublas.so.12 "cublas*;" libcublas.so.12 15
library cudnn libcudnn.so.9 "cudnn*;" libcudnn.so.9 3000
for name in libcublasLt.so.12 libcudnn_graph.so.9 libcudnn_ops.so.9 libcudnn_cnn.so.9 libcudnn_heuristic.so.9 \
    libcudnn_engines_precompiled.so.9 libcudnn_engines_runtime_compiled.so.9; do
    empty "$name"
done
