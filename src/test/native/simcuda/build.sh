#!/bin/sh
# Compiles the simulated CUDA device: libraries that stand in for the driver, cuBLAS and cuDNN (docs/simulated-device.md).
# usage: src/test/native/simcuda/build.sh OUTPUT_DIRECTORY
# Compiles only what was made from other sources. Not by time: a copied target folder is newer than all of them.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$source/../../../.." && pwd)
mkdir -p "$1/work"
out=$(cd "$1" && pwd)
work=$out/work
compiler=${CXX:-g++}
common="-std=c++17 -O2 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fno-gnu-unique -ffp-contract=off -Wall -Wextra -I$source"
# Each access of a kernel calls the driver, one by one: the compiler's thread sanitizer puts the calls there, of whose library
# nothing is used. (The address sanitizer leaves out a write where the same address was read before.) A vector's alignment is
# checked by the one for undefined behaviour.
checked="-O3 -fsanitize=thread,alignment --param tsan-instrument-func-entry-exit=0 -fno-tree-vectorize -fno-tree-slp-vectorize
    -fno-store-merging -fdata-sections -fno-exceptions -fno-stack-protector -Wno-unknown-pragmas
    -include $source/kernel.h -I$root/kernels"

if ! command -v "$compiler" >/dev/null 2>&1; then
    echo "Duet's simulated CUDA device needs the C++ compiler '$compiler', which was not found; install it with: apt-get install g++" >&2
    exit 1
fi

checksums() { # SOURCE...: of all files (directories: any file in them)
    find "$@" -type f -exec cksum {} + | cut -d ' ' -f 1,2 | LC_ALL=C sort
}

stale() { # TARGET SOURCE...: true if it is missing or was made from others; leaves their digest
    target=$1
    shift
    digest=$(checksums "$@" | cksum)
    [ ! -f "$target" ] || [ "$(cat "$work/${target##*/}.sources" 2>/dev/null)" != "$digest" ]
}

made() { # TARGET: keeps the digest; last, and taken before compiling, so that an edit made meanwhile is seen
    echo "$digest" >"$work/${1##*/}.sources"
}

compile() { # OBJECT SOURCE FLAGS...
    object=$1
    file=$2
    shift 2
    # shellcheck disable=SC2086 # flags are words
    "$compiler" $common "$@" -c "$file" -o "$object.new"
    mv "$object.new" "$object"
}

driver() { # NAME: one of the driver's own files
    if stale "$work/$1.o" "$source/$1.cpp" "$source"/*.h "$source/build.sh"; then
        compile "$work/$1.o" "$source/$1.cpp"
        made "$work/$1.o"
    fi
}

entries() { # PTX: the names of its entries
    sed -n 's/.*\.entry \([A-Za-z0-9_]*\).*/\1/p' "$1"
}

# NAME CU_FILE PTX: the .cu file as C++, with the registration of its entries. Its __shared__ variables go into a section of
# their own, 64 bytes apart.
kernel() {
    if stale "$work/kernel_$1.o" "$2" "$3" "$work/common"; then
        {
            echo "#include \"$2\""
            echo "extern \"C\" __attribute__((visibility(\"hidden\"))) void simcuda_register_$1() {"
            entries "$3" | while read -r entry; do echo "    SIMCUDA_REGISTER(\"$1\", \"$entry\", ::$entry);"; done
            echo "}"
        } >"$work/kernel_$1.cpp"
        # shellcheck disable=SC2086
        compile "$work/plain_$1.o" "$work/kernel_$1.cpp" $checked
        {
            echo "SECTIONS { simshared_$1 0 : {"
            objdump -h "$work/plain_$1.o" | awk '$2 ~ /^\.(bss|data)\./ && $2 !~ /\.rel\.ro/ {print "*(" $2 ") . = ALIGN(64) + 64;"}'
            echo "} }"
        } >"$work/kernel_$1.ld"
        ld -r --force-group-allocation -T "$work/kernel_$1.ld" "$work/plain_$1.o" -o "$work/kernel_$1.o.new"
        objcopy --keep-global-symbol="simcuda_register_$1" "$work/kernel_$1.o.new" # or variables of common headers would merge
        mv "$work/kernel_$1.o.new" "$work/kernel_$1.o"
        made "$work/kernel_$1.o"
    fi
}

registry() { # NAME...: C++ text that registers the kernels and their shared variables when the library is loaded
    echo '#include "device.h"'
    for name in "$@"; do
        echo "extern \"C\" __attribute__((visibility(\"hidden\"))) void simcuda_register_$name();"
        for end in start stop; do
            echo "extern \"C\" __attribute__((weak, visibility(\"hidden\"))) char __${end}_simshared_$name[];"
        done
    done
    echo "__attribute__((constructor)) static void registerKernels() {"
    for name in "$@"; do
        echo "    simcuda_register_$name();"
        echo "    simcuda::sharedSections()[\"$name\"] = {__start_simshared_$name, __stop_simshared_$name, {"
        objdump -t "$work/kernel_$name.o" | awk -v section="simshared_$name" \
            '{sub(/\.hidden /, "")} NF > 3 && $(NF-2) == section && $(NF-1) != "0000000000000000" {print "        {\"" $NF "\", 0x" $1 ", 0x" $(NF-1) "},"}'
        echo "    }};"
    done
    echo "}"
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

link() { # LIBRARY PATTERN VERSION_NODE FLAGS_OR_OBJECTS...: exports only what the pattern names, under the node (- for none)
    library=$1
    node=$3
    if [ "$node" = - ]; then node=; fi
    echo "$node { global: $2 local: *; };" >"$work/$library.map"
    shift 3
    "$compiler" -shared -o "$out/$library.new" -Wl,-soname,"$library" -Wl,--version-script="$work/$library.map" \
        -Wl,--no-undefined -Wl,-rpath,'$ORIGIN' "$@"
    mv "$out/$library.new" "$out/$library"
}

library() { # NAME SONAME PATTERN STATUS: NAME.cpp and stubs for the rest of NAME_api.txt, on top of the driver
    if [ ! -f "$source/$1.cpp" ]; then return; fi
    if stale "$out/$2" "$source/$1.cpp" "$source/$1_api.txt" "$source"/*.h "$source/build.sh"; then
        compile "$work/$1.o" "$source/$1.cpp"
        stubs "$source/$1_api.txt" "$4" "$work/$1.o" >"$work/$1_stubs.cpp"
        compile "$work/$1_stubs.o" "$work/$1_stubs.cpp"
        link "$2" "$3" "$2" "$work/$1.o" "$work/$1_stubs.o" "$out/libcuda.so.1"
        made "$out/$2"
    fi
}

empty() { # SONAME: a library that is only there to be opened
    if [ ! -f "$out/$1" ]; then
        function=$(echo "$1" | sed 's/\.so.*//')_simulated
        echo "extern \"C\" __attribute__((visibility(\"default\"))) int $function() { return 1; }" >"$work/empty.cpp"
        compile "$work/empty.o" "$work/empty.cpp"
        link "$1" "$function;" "$1" "$work/empty.o"
    fi
}

parallel() { # COMMAND NAMES...: runs the command for each name, two at a time; fails if one fails
    command=$1
    shift
    while [ $# -gt 0 ]; do
        $command "$1" &
        first=$!
        if [ $# -gt 1 ]; then
            $command "$2"
            shift
        fi
        shift
        wait $first
    done
}

ours() { kernel "$1" "$root/kernels/$1.cu" "$root/kernels/ptx/$1.ptx"; }
faulty() { kernel "$1" "$source/faulty/$1.cu" "$source/faulty/$1.ptx"; }
names() { for file in "$1"/*.ptx; do basename "$file" .ptx; done; }

files="control memory stream module executor driver"
parallel driver $files
checksums "$root/kernels" "$source/kernel.h" "$source/build.sh" >"$work/common" # which every kernel depends on
kernels=$(names "$root/kernels/ptx")
faults=$(names "$source/faulty")
parallel ours $kernels
parallel faulty $faults
objects=
for name in $files; do objects="$objects $work/$name.o"; done
for name in $kernels $faults; do objects="$objects $work/kernel_$name.o"; done
# shellcheck disable=SC2086
if stale "$out/libcuda.so.1" $objects "$source/cuda_api.txt"; then
    registry $kernels $faults >"$work/registry.cpp"
    compile "$work/registry.o" "$work/registry.cpp"
    stubs "$source/cuda_api.txt" 801 $objects >"$work/cuda_stubs.cpp"
    compile "$work/cuda_stubs.o" "$work/cuda_stubs.cpp"
    link libcuda.so.1 'cu*; simcuda_set; simcuda_faults; simcuda_clear_*; simcuda_counter; simcuda_table; Java_*; _Z*simcuda_*;' - $objects "$work/registry.o" "$work/cuda_stubs.o"
    made "$out/libcuda.so.1"
fi
library cublas libcublas.so.12 "cublas*;" 15
library cudnn libcudnn.so.9 "cudnn*;" 3000
for name in libcublasLt.so.12 libcudnn_graph.so.9 libcudnn_ops.so.9 libcudnn_cnn.so.9 libcudnn_heuristic.so.9 \
    libcudnn_engines_precompiled.so.9 libcudnn_engines_runtime_compiled.so.9; do
    empty "$name"
done
