#!/usr/bin/env bash
# Installs mmaudio with its nano model, completions and manual page, or removes them again:
#
#   Scripts/install.sh [--prefix DIR] [--uninstall]
#
# DIR is /usr/local unless told otherwise; $DESTDIR is put before it. Builds first where the release
# binary is missing or older than the sources. What is installed runs without Swift. Run it as
# yourself: it asks for root's rights if DIR needs them.
set -euo pipefail
prefix="/usr/local"
uninstall=false
usage() {
  echo "usage: Scripts/install.sh [--prefix DIR] [--uninstall]" >&2
  exit 64
}
while [ $# -gt 0 ]; do
  case "$1" in
  --prefix)
    [ -n "${2:-}" ] || usage
    prefix="$2"
    shift
    ;;
  --prefix=?*) prefix="${1#*=}" ;;
  --uninstall) uninstall=true ;;
  *) usage ;;
  esac
  shift
done
prefix="$(realpath -m "$prefix")"
target="${DESTDIR:-}$prefix"
cd "$(dirname "$0")/.."
program=.build/release/mmaudio
documents=.build/documents

# Source, place below the prefix.
files=(
  "$program" bin/mmaudio
  "$documents/mmaudio.1" share/man/man1/mmaudio.1
  "$documents/mmaudio.bash" share/bash-completion/completions/mmaudio
  "$documents/mmaudio.zsh" share/zsh/site-functions/_mmaudio
  "$documents/mmaudio.fish" share/fish/vendor_completions.d/mmaudio.fish
  LICENSE share/doc/mmaudio/LICENSE
  Models/clip_bpe/LICENSE share/doc/mmaudio/LICENSE.clip_bpe
  Models/nano/README.md share/doc/mmaudio/nano.md
)
for network in Models/nano/*.safetensors; do
  files+=("$network" "share/mmaudio/nano/${network##*/}")
done
own_folders=(share/mmaudio/nano share/mmaudio share/doc/mmaudio)

existing="$target"
until [ -d "$existing" ]; do existing="$(dirname "$existing")"; done
sudo=""
[ -w "$existing" ] || sudo="sudo"

if "$uninstall"; then
  for ((i = 1; i < ${#files[@]}; i += 2)); do
    path="$target/${files[i]}"
    [ -e "$path" ] || continue
    $sudo rm "$path"
    echo "removed $path"
  done
  # Published models may lie beside the nano model.
  for folder in "${own_folders[@]}"; do
    [ ! -d "$target/$folder" ] || $sudo rmdir --ignore-fail-on-non-empty "$target/$folder"
  done
  exit
fi

# Whether something is missing, older than a source, or needs Swift's libraries at run time.
outdated() {
  local stamp="$documents/mmaudio.1"
  [ ! -x "$program" ] || [ ! -e "$stamp" ] || [ "$program" -nt "$stamp" ] ||
    [ -n "$(find Package.swift Sources Models/clip_bpe Scripts/build*.sh -newer "$stamp" -print -quit)" ] ||
    grep -q libswiftCore <(readelf -d "$program")
}
if outdated; then
  command -v swift >/dev/null || {
    echo "install.sh: mmaudio must be built, but there is no 'swift' in the PATH; expected Swift 6.2 or" \
      "later; add it, and run this as yourself, not through sudo" >&2
    exit 69
  }
  Scripts/build.sh
  Scripts/build_documents.sh "$program" "$documents"
fi

for ((i = 0; i < ${#files[@]}; i += 2)); do
  options=(-D -m 644)
  [ "${files[i]}" != "$program" ] || options=(-D -m 755 --strip)
  $sudo install "${options[@]}" "${files[i]}" "$target/${files[i + 1]}"
  echo "installed $target/${files[i + 1]}"
done

case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) echo "mmaudio is not in the PATH yet; for bash and zsh: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
case "$prefix" in
/usr | /usr/local) ;;
*) echo "for completion in zsh, before compinit: fpath+=(\"$prefix/share/zsh/site-functions\")" ;;
esac
