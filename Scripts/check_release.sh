#!/usr/bin/env bash
# Checks the release build as people get it: README's first command, an installation, ten kinds of video
# with their sound, clips with odd clocks, a report in a browser, batches that are killed, on one machine
# and in a Slurm cluster.
# Installs what only the checks need.
set -euo pipefail
cd "$(dirname "$0")/.."
Scripts/quickstart.sh
Scripts/check_install.sh
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
  ffmpeg chromium fonts-dejavu-core parallel python3-numpy python3-venv >/dev/null
Scripts/check_muxing.sh .build/release/mmaudio
/usr/bin/python3 Scripts/check_timeline.py .build/release/mmaudio --outputs mkv
Scripts/check_report.sh
Scripts/check_batch.sh
Scripts/check_parallel.sh
Scripts/slurm/check_slurm.sh
Scripts/kubernetes/check_manifest.sh
