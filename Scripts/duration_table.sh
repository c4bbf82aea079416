#!/usr/bin/env bash
# Shows how time and memory of a stage grow with the length of the sound: a row a duration.
#
#   Scripts/duration_table.sh [VARIANT [OPTION…]]
#
# The vocoder is run for 2, 8, 30 and 120 seconds of sound, the flow for 4, 8 and 16; each run is a
# process of its own, so that its peak of memory is too. VARIANT (default small_16k) is made up of
# noise unless the model folder has it; options are those of `mmaudio bench`, such as --models DIR,
# --steps N, --threads N or --low-memory.
set -euo pipefail
cd "$(dirname "$0")/.."
variant="${1:-small_16k}"
shift $(($# < 1 ? $# : 1))
Scripts/build.sh

# The number under a key of the one row of a report.
number() { grep -oE "\"$1\":[0-9.eE+-]+" <<<"$report" | head -n 1 | cut -d: -f2; }

errors="$(mktemp)"
trap 'rm -f "$errors"' EXIT
.build/release/mmaudio --version | tail -n 1
printf '\n%-14s%10s%10s%10s%10s\n' "$variant" "sound s" "run s" "s per s" "peak MB"
for run in vocode:2 vocode:8 vocode:30 vocode:120 sample:4 sample:8 sample:16; do
  stage="${run%:*}" duration="${run#*:}"
  report="$(.build/release/mmaudio bench --json --variant "$variant" --stage "$stage" \
    --duration "$duration" "$@" 2>"$errors")" || { status=$?; cat "$errors" >&2; exit "$status"; }
  # A system that cannot tell the peak leaves it out.
  memory="$(number peakMemoryMB || echo -)"
  awk -v stage="$stage" -v duration="$duration" -v run="$(number seconds)" \
    -v memory="$memory" 'BEGIN {
      printf "%-14s%10d%10.2f%10.3f%10s\n", stage, duration, run, run / duration,
        memory == "-" ? "-" : sprintf("%.0f", memory) }'
done
