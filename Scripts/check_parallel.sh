#!/usr/bin/env bash
# Makes 24 short clips in four parts with GNU parallel, by the line of Scripts/slurm/README.md, and
# compares them with those of one process:
#   Scripts/check_parallel.sh [MMAUDIO]
# Needs GNU parallel (package 'parallel') and ffmpeg with x264.
set -euo pipefail
here="$(realpath "$(dirname "$0")")"
program="$(realpath "${1:-$here/../.build/release/mmaudio}")"
sample="$here/../Models/nano/sample.mp4"
fail() {
  echo "check_parallel: $*" >&2
  exit 1
}
command -v parallel >/dev/null || fail "there is no GNU parallel; install the package 'parallel'"
line="$(grep -m 1 '^parallel ' "$here/slurm/README.md")" || fail "the README has no line for parallel"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir clips bin
for i in $(seq -w 1 24); do
  ffmpeg -hide_banner -loglevel error -ss "0.$i" -i "$sample" -t 2 -c:v libx264 -preset ultrafast \
    "clips/c$i.mp4" </dev/null
done
# The line says `mmaudio`, and no published model may be here.
printf '#!/bin/sh\nexec "%s" "$@" --variant nano_16k -q --cache-size 0\n' "$program" >bin/mmaudio
chmod +x bin/mmaudio
PATH="$work/bin:$PATH"
timeout 120 mmaudio batch clips -o alone >/dev/null
timeout 120 bash -c "$line" >/dev/null
"$program" report sounds
[ "$(find sounds -name '*.wav' | wc -l)" -eq 24 ] || fail "there are not 24 sounds"
[ "$(find sounds -name 'results.shard-*.jsonl' | wc -l)" -eq 4 ] || fail "there were not four parts"
for file in alone/*.wav; do cmp "$file" "sounds/${file##*/}" || fail "${file##*/} differs"; done
echo "check_parallel: 24 sounds of four parts, the same bytes as from one process"
