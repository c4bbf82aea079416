#!/usr/bin/env bash
# The one way to a release build: Swift code for the vector units of this machine, with Swift's
# libraries inside, so that the binary runs where Swift is not installed.
# The binary is .build/release/mmaudio. Arguments are handed to `swift build`.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build -c release --product mmaudio --static-swift-stdlib --disable-local-rpath \
  -Xswiftc -use-ld=lld -Xcc -march=native "$@"
