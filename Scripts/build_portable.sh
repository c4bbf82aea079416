#!/usr/bin/env bash
# Builds programs that run on any machine of this architecture; on x86-64, with the vector units of the
# one they run on.
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
case "$(uname -m)" in
x86_64) targets=(x86-64 x86-64-v3 x86-64-v4) ;;
aarch64) targets=(armv8-a) ;;
*)
  echo "build_portable.sh: no targets for $(uname -m), expected x86_64 or aarch64; add some" >&2
  exit 1
  ;;
esac
for target in "${targets[@]}"; do
  scratch=".build-portable-$target"
  # The last -march counts.
  Scripts/build.sh --scratch-path "$scratch" -Xcc "-march=$target"
  suffix=".$target"
  [ "$target" != "${targets[0]}" ] || suffix=""
  install -m 755 "$scratch/release/mmaudio" "$folder/mmaudio$suffix"
done
install -D -m 644 -t "$folder/share/mmaudio/nano" Models/nano/*.safetensors
