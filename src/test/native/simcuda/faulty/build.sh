#!/bin/sh
# Makes faulty.ptx from faulty.cu; needs nvcc.
set -eu
cd "$(dirname "$0")"
${NVCC:-nvcc} --ptx -arch=compute_75 --std=c++17 -I../../../../../kernels -o faulty.ptx faulty.cu
sed -i 's/^\.version .*/.version 8.0/' faulty.ptx
