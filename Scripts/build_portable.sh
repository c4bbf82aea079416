#!/usr/bin/env bash
# Builds programs that run on any x86-64 machine and use the vector units of the one they run on.
#
#   Scripts/build_portable.sh FOLDER
#
# FOLDER gets `mmaudio`, which hands over to `mmaudio.x86-64-v3` (AVX2) or `mmaudio.x86-64-v4`
# (AVX-512) beside it where the processor has these. `mmaudio --version` tells which one runs. The
# nano model goes to share/mmaudio/nano in it.
set -euo pipefail
folder="${1:?usage: Scripts/build_portable.sh FOLDER}"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"
cd "$(dirname "$0")/.."
for level in "" -v3 -v4; do
  scratch=".build-portable$level"
  swift build -c release --product mmaudio --scratch-path "$scratch" -Xcc "-march=x86-64$level"
  install -m 755 "$scratch/release/mmaudio" "$folder/mmaudio${level:+.x86-64$level}"
done
install -D -m 644 -t "$folder/share/mmaudio/nano" Models/nano/*.safetensors
