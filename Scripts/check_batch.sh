#!/usr/bin/env bash
# Tries `mmaudio batch` where it may fail: against a loop of `generate`, killed at fifty moments, with
# fifty bad clips among a hundred, with clips that crash FFmpeg, with a thousand clips that are done and ten
# thousand that are planned.
#
#   Scripts/check_batch.sh [MMAUDIO]
#
# For developers: needs ffmpeg with x264, the clang that Swift comes with, and some minutes.
set -euo pipefail
program="$(realpath "${1:-$(dirname "$0")/../.build/release/mmaudio}")"
sample="$(realpath "$(dirname "$0")/../Models/nano/sample.mp4")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME="$work/cache"
batch=("$program" batch --variant nano_16k -q)
fail() {
  echo "check_batch: $*" >&2
  exit 1
}
seconds() {
  local start
  start="$(date +%s.%N)"
  "$@" >/dev/null
  echo "$start $(date +%s.%N)" | awk '{printf "%.2f", $2 - $1}'
}

mkdir in bad
for i in $(seq -w 1 24); do
  ffmpeg -hide_banner -loglevel error -ss "0.$i" -i "$sample" -t 2 -c:v libx264 -preset veryfast \
    "in/c$i.mp4" </dev/null
done

loop() {
  mkdir -p loop
  local id seed
  while read -r id seed; do
    "$program" generate "in/$id.mp4" --variant nano_16k -q --seed "$seed" -o "loop/$id.wav" </dev/null
  done < <("${batch[@]}" in --dry-run --json |
    sed -E 's/.*"id":"([^"]*)".*"seed":([0-9]+).*/\1 \2/')
}
same() { for file in loop/*.wav; do cmp "$file" "$1/${file##*/}" || fail "$1/${file##*/} differs"; done; }
looped="$(seconds loop)"
rm -rf cache
together="$(seconds "${batch[@]}" in -o out)"
same out
echo "24 clips: batch $together s, a loop of generate $looped s, the same bytes"

for _ in $(seq 50); do
  "${batch[@]}" in -o killed --cache-size 0 >/dev/null 2>&1 &
  sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
  kill -9 $! 2>/dev/null || true
  wait $! 2>/dev/null || true
done
"${batch[@]}" in -o killed >/dev/null
same killed
for id in $(cd in && ls | sed 's/\.mp4//'); do
  [ "$(grep -c "\"id\":\"$id\"" killed/results.shard-0.jsonl)" -eq 1 ] || fail "$id was made twice"
done
sleep 1
[ -z "$(find killed -name '.*.tmp')" ] || fail "killed processes left $(find killed -name '.*.tmp')"
echo "killed 50 times: all there, the same bytes, each once"

for i in $(seq -w 1 50); do
  ln -s "../in/c01.mp4" "bad/good$i.mp4"
  case $((10#$i % 6)) in
  0) head -c 3000 in/c01.mp4 >"bad/bad$i.mp4" ;;
  1) : >"bad/bad$i.mp4" ;;
  2) ffmpeg -hide_banner -loglevel error -f lavfi -i sine=duration=1 "bad/bad$i.mp4" </dev/null ;;
  3) echo "no video" >"bad/bad$i.mp4" ;;
  4) ln -s /nowhere "bad/bad$i.mp4" ;;
  5) printf 'YUV4MPEG2 W60000 H60000 F25:1\nFRAME\n' >"bad/bad$i.mp4" ;;
  esac
done
status=0
"${batch[@]}" bad -o mixed >/dev/null 2>&1 || status=$?
[ "$status" -eq 3 ] || fail "fifty bad clips end with status $status, expected 3"
[ "$(find mixed -name '*.wav' | wc -l)" -eq 50 ] || fail "fifty good clips gave $(find mixed -name '*.wav' | wc -l) sounds"
[ "$(grep -c '"class":"input"' mixed/results.shard-0.jsonl)" -eq 50 ] || fail "fifty bad clips are not all classed"
echo "fifty bad clips among a hundred: fifty sounds, fifty classed errors, status 3"

cat >crash.c <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
typedef int opener(void **, const char *, const void *, void **);
int avformat_open_input(void **container, const char *path, const void *format, void **options) {
  if (strstr(path, "crash")) raise(SIGSEGV);
  opener *open = (opener *)dlsym(RTLD_NEXT, "avformat_open_input");
  return open(container, path, format, options);
}
EOF
clang -shared -fPIC -o crash.so crash.c -ldl
mkdir risky
for name in a b-crash c d-crash e-crash f g; do ln -s ../in/c01.mp4 "risky/$name.mp4"; done
# With and without room for all networks: clips are handed out one by one, and in groups.
for memory in 8GB 1MB; do
  status=0
  LD_PRELOAD="$work/crash.so" SWIFT_BACKTRACE=enable=no "${batch[@]}" risky -o "risked.$memory" \
    --max-memory "$memory" >/dev/null 2>&1 || status=$?
  [ "$status" -eq 3 ] || fail "clips that crash end with status $status, expected 3"
  made="$(cd "risked.$memory" && echo *.wav)"
  [ "$made" = "a.wav c.wav f.wav g.wav" ] || fail "among clips that crash these were made: $made"
  given_up="$(sed -nE '/"class":"crash"/s/.*"id":"([^"]*)".*/\1/p' "risked.$memory/results.shard-0.jsonl")"
  [ "$(echo $given_up)" = "b-crash d-crash e-crash" ] || fail "these clips are said to crash: $given_up"
done
echo "three clips of seven crash FFmpeg: the other four are made, one by one and in groups"

mkdir many
for i in $(seq -w 1 1000); do ln -s ../in/c01.mp4 "many/m$i.mp4"; done
"${batch[@]}" many -o thousand --steps 1 >/dev/null
echo "1000 clips that are done: $(seconds "${batch[@]}" many -o thousand --steps 1) s"

seq 10000 | sed 's/.*/{"id":"clip-&","video":"v&.mp4","prompt":"rain on a tin roof &"}/' >rows.jsonl
echo "10000 rows planned: $(seconds "${batch[@]}" --manifest rows.jsonl -o plan --dry-run --json) s," \
  "$( (command time -f %M "${batch[@]}" --manifest rows.jsonl -o plan --dry-run >/dev/null) 2>&1) KB"
