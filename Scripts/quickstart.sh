#!/usr/bin/env bash
# From a fresh clone to a sound: installs packages, builds in release, and runs the main job on a
# sample clip. No trained model ships yet: the tiny synthetic models that stand in make noise.
#
#   Scripts/quickstart.sh [OUTPUT.wav]
set -euo pipefail
cd "$(dirname "$0")/.."
output="${1:-quickstart.wav}"
Scripts/install_packages.sh
Scripts/build.sh
models="$(mktemp -d)"
trap 'rm -rf "$models"' EXIT
swift run -q -c release -Xcc -march=native make-tiny-models "$models"
.build/release/mmaudio generate Tests/MMAudioTestSupport/Fixtures/videos/a_30fps.mp4 \
  --prompt "waves, seagulls" --models "$models" --variant small_16k --force -o "$output"
echo "$output holds the noise that untrained weights make; the models that make sound are in README."
