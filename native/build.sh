#!/bin/sh
# Compiles the kernels once per instruction set into one static library that JavaCPP links into its .so.
# usage: native/build.sh OUTPUT_DIRECTORY. Does nothing when the library is newer than all sources.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
out=$1
library=$out/libduetkernels.a
compiler=${CXX:-g++}
if ! command -v "$compiler" >/dev/null 2>&1; then
    echo "Duet's CPU kernels need the C++ compiler '$compiler', which was not found; install it with: apt-get install g++" >&2
    exit 1
fi
if [ -f "$library" ] && [ -z "$(find "$source" "$source/../kernels/math" -type f -newer "$library")" ]; then
    exit 0
fi
mkdir -p "$out"
common="-std=c++17 -O3 -fPIC -fvisibility=hidden -fno-math-errno -fno-trapping-math -Wall -Wextra -Wno-psabi"

compile() { # source file, instruction set, its flags
    "$compiler" $common $3 -DDUET_ISA="$2" -c "$source/$1.cpp" -o "$out/$1.$2.o"
}

isa() { # instruction set, its flags: one instruction set after the other, its files side by side
    jobs=
    for file in convolution pointwise latent likelihood; do
        compile "$file" "$1" "$2" &
        jobs="$jobs $!"
    done
    for job in $jobs; do wait "$job"; done
}

isa baseline "-march=x86-64"
isa avx2 "-march=x86-64 -mavx2 -mfma"
isa avx512 "-march=x86-64 -mavx2 -mfma -mavx512f -mavx512vl -mavx512bw -mavx512dq -mprefer-vector-width=512"
"$compiler" $common -c "$source/runtime.cpp" -o "$out/runtime.o"
rm -f "$library"
ar rcs "$library" "$out"/*.o
