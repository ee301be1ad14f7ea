#!/bin/sh
# Compiles the kernels once per instruction set, and with JavaCPP binds them to dev.duet.backend.cpu.CpuKernels in one .so.
# usage: native/build.sh WORK_DIRECTORY CLASSES_DIRECTORY JAVA JAVACPP_JAR
# Does nothing when the .so was made from the very same sources. Not by time: a copied target folder is newer than all of them.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$source")
work=$1
classes=$2
java=$3
javacpp=$4
binding=dev/duet/backend/cpu/CpuKernels
result=$classes/dev/duet/backend/cpu/linux-x86_64/libjniCpuKernels.so

digest=$(find "$source" "$root/kernels/math" "$root/src/main/java/$binding.java" -type f | LC_ALL=C sort | while read -r file; do
    echo "${file#"$root"}"
    cat "$file"
done | cksum)
if [ -f "$result" ] && [ "$(cat "$work/sources" 2>/dev/null)" = "$digest" ]; then exit 0; fi
compiler=${CXX:-g++}
if ! command -v "$compiler" >/dev/null 2>&1; then
    echo "Duet's CPU kernels need the C++ compiler '$compiler', which was not found; install it with: apt-get install g++" >&2
    exit 1
fi
rm -rf "$work"
mkdir -p "$work"
common="-std=c++17 -O3 -fPIC -fvisibility=hidden -fno-math-errno -fno-trapping-math -Wall -Wextra -Wno-psabi"

both() { # instruction set, its flags, two files: compiles them side by side; fails once no compiler runs on
    jobs=
    for file in $3 $4; do
        # shellcheck disable=SC2086 # flags are words
        "$compiler" $common $2 -DDUET_ISA="$1" -c "$source/$file.cpp" -o "$work/$file.$1.o" &
        jobs="$jobs $!"
    done
    failed=0
    for job in $jobs; do wait "$job" || failed=1; done
    if [ $failed = 1 ]; then exit 1; fi
}

isa() { # instruction set, its flags: compiles all kernels for it
    both "$1" "$2" convolution pointwise
    both "$1" "$2" weight_gradient latent
    both "$1" "$2" likelihood peak
    both "$1" "$2" augment alignment
    both "$1" "$2" norm joins
}

isa baseline "-march=x86-64"
isa avx2 "-march=x86-64 -mavx2 -mfma"
wide="-march=x86-64 -mavx2 -mfma -mavx512f -mavx512vl -mavx512bw -mavx512dq -mprefer-vector-width=512"
isa avx512 "$wide"
isa avx512bf16 "$wide -mavx512bf16"
# A compiler or assembler that does not know AMX leaves it out: then these kernels have no tiles, and runtime.cpp never chooses them.
amx="-mamx-tile -mamx-bf16"
echo 'void f() { asm("tdpbf16ps %tmm2, %tmm1, %tmm0"); }' |
    "$compiler" $amx -x c++ -c - -o "$work/probe" 2>"$work/probe.log" || amx=
rm -f "$work/probe"
both amx "$wide -mavx512bf16 $amx" convolution likelihood
both amxemulated "$wide -mavx512bf16 -DDUET_TILE_EMULATION" convolution likelihood # for tests
for file in runtime ranges; do
    # shellcheck disable=SC2086
    "$compiler" $common $amx -c "$source/$file.cpp" -o "$work/$file.o"
done
ar rcs "$work/libduetkernels.a" "$work"/*.o
"$java" -jar "$javacpp" -classpath "$classes" -d "$work/binding" -Dplatform.compiler="$compiler" \
    -Dplatform.includepath="$source" -Dplatform.linkpath="$work" \
    "$(echo $binding | tr / .)" >"$work/binding.log" 2>&1 || { cat "$work/binding.log" >&2; exit 1; }
mkdir -p "$(dirname "$result")"
mv "$work/binding/libjniCpuKernels.so" "$result" # at once, so that an interrupted build is not taken for a whole one
echo "$digest" >"$work/sources" # last; taken before compiling, so that an edit made meanwhile is seen
