#!/usr/bin/env bash
# The one way to a release build: Swift code for the vector units of this machine.
# The binary is .build/release/mmaudio. Arguments are handed to `swift build`.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build -c release --product mmaudio -Xcc -march=native "$@"
