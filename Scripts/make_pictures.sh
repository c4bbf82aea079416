#!/usr/bin/env bash
# Makes what README shows, in Documentation: the sample clip with its sound, and a picture of its report.
# Needs the release build, ffmpeg, chromium and pngquant. The results are committed.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
flags=()
# Chromium's sandbox refuses to work for root.
[ "$(id -u)" -ne 0 ] || flags+=(--no-sandbox)
.build/release/mmaudio generate Models/nano/sample.mp4 --variant nano_16k --quiet --force \
  -o Documentation/sample_with_sound.mp4 --report "$work/page.html"
chromium --headless --disable-gpu --hide-scrollbars "${flags[@]}" --user-data-dir="$work/profile" \
  --window-size=1100,1040 --screenshot="$work/page.png" "file://$work/page.html" 2>/dev/null
ffmpeg -loglevel error -i "$work/page.png" -vf scale=825:-1:flags=lanczos "$work/small.png"
pngquant --force --speed 1 --strip 64 --output Documentation/report.png "$work/small.png"
ls -l Documentation
