#!/usr/bin/env bash
# Installs what is needed, builds, and passes all tests. Arguments are handed to `swift test`.
set -euo pipefail
cd "$(dirname "$0")/.."
Scripts/install_packages.sh
# A crash should end the run, not start an interactive backtrace.
export SWIFT_BACKTRACE=enable=no
# With the vector units that the release build uses, so that what is tested is what ships.
swift test -Xcc -march=native "$@"
