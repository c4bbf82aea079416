#!/usr/bin/env bash
# Tests the kernels as compiled for lesser machines than this one: for none (products go to BLAS), and
# for AVX2 where this machine has it. Scripts/test.sh has tested them for this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no
export MMAUDIO_KERNELS_ONLY=1
swift test --scratch-path .build-baseline --filter MMAudioKernelsTests
if grep -qw avx2 /proc/cpuinfo; then
  swift test --scratch-path .build-avx2 -Xcc -march=x86-64-v3 --filter MMAudioKernelsTests
fi
