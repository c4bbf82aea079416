#!/usr/bin/env bash
# From a fresh clone to a video with sound: installs packages, builds in release, and gives the sample
# clip its sound with the model that ships.
#
#   Scripts/quickstart.sh [OUTPUT.mp4]
set -euo pipefail
cd "$(dirname "$0")/.."
Scripts/install_packages.sh
Scripts/build.sh
.build/release/mmaudio generate Models/nano/sample.mp4 --variant nano_16k --force \
  -o "${1:-sample_with_sound.mp4}"
