#!/usr/bin/env bash
# Directions between modules and folders that the compiler does not check.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
# No file of FOLDER (first word) may mention a name (the rest): a stage knows nothing of later ones.
forbid() {
  local folder="$1" name
  shift
  for name in "$@"; do
    # Code only: a name in a comment or a message is no dependency.
    if grep -rnE --include='*.swift' "^[^/\"]*\b$name\b" "$folder"; then
      echo "check: $folder must not mention $name" >&2
      failed=1
    fi
  done
}
forbid Sources/MMAudioKernels AVFormatContext SafetensorsFile ModelVariant
forbid Sources/MMAudioMedia MMAudioKernels COpenBLAS
forbid Sources/MMAudio/Conditioning VAEDecoder VAEEncoder BigVGAN EulerSampler
forbid Sources/MMAudio/Flow VAEDecoder VAEEncoder BigVGAN CLIPImageEncoder Synchformer
forbid Sources/MMAudio/Decoding Conditions FlowNetwork CLIPImageEncoder Synchformer
forbid Sources/MMAudio/Weights FlowNetwork VAEDecoder BigVGAN Synchformer DownloadError PublishedFile
forbid Sources/MMAudio/Download FlowNetwork VAEDecoder BigVGAN Synchformer Pipeline
for module in COpenBLAS:MMAudioKernels CFFmpeg:MMAudioMedia CSndfile:MMAudioMedia; do
  if grep -rn --include='*.swift' "import ${module%%:*}" Sources | grep -v "^Sources/${module##*:}/"; then
    echo "check: only ${module##*:} may import ${module%%:*}" >&2
    failed=1
  fi
done
[ "$failed" -eq 0 ] && echo "check: directions hold"
exit "$failed"
