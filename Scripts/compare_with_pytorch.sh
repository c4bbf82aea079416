#!/usr/bin/env bash
# Times the reference implementation, in PyTorch float32, and this project side by side.
#
#   Scripts/compare_with_pytorch.sh REFERENCE_CHECKOUT [PYTHON [OPTION…]]
#
# REFERENCE_CHECKOUT is a checkout of hkchengrex/MMAudio; PYTHON (default python3) needs what it
# imports: torch, open_clip_torch, torchdiffeq, omegaconf, librosa, and for --stage start and memory
# also torchvision, colorlog and av. Options are those of compare_with_pytorch.py, such as --variant
# small_44k --stage vocode; give absolute paths.
set -euo pipefail
reference="${1:?usage: Scripts/compare_with_pytorch.sh REFERENCE_CHECKOUT [PYTHON [OPTION…]]}"
reference="$(cd "$reference" && pwd)"
python="${2:-python3}"
shift $(($# < 2 ? $# : 2))
cd "$(dirname "$0")/.."
Scripts/build.sh
exec "$python" Scripts/compare_with_pytorch.py "$reference" --mmaudio .build/release/mmaudio "$@"
