#!/usr/bin/env bash
# Installs into a temporary folder, uses what is there, and uninstalls it again. Seconds, once
# Scripts/build.sh and Scripts/build_documents.sh have run.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
fail() {
  echo "check_install: $*" >&2
  exit 1
}
Scripts/install.sh --prefix "$work/prefix" >"$work/log"
cp Models/nano/sample.mp4 "$work"
mkdir -p "$work/prefix/share/mmaudio/models"

prefix="$work/prefix"
! ldd "$prefix/bin/mmaudio" | grep -E 'not found|libswift|libFoundation' || fail "it needs Swift, or more"
(cd "$work" && env -i PATH="$prefix/bin:/usr/bin:/bin" HOME="$work" \
  mmaudio generate sample.mp4 --quiet -o out.mp4) >/dev/null
[ "$(stat -c %s "$work/out.mp4")" -gt "$(stat -c %s "$work/sample.mp4")" ] || fail "the video got no sound"
bash -c '. "$1" && complete -p mmaudio' bash "$prefix/share/bash-completion/completions/mmaudio" \
  >/dev/null || fail "the completions for bash do not load"
grep -q '^#compdef mmaudio' "$prefix/share/zsh/site-functions/_mmaudio" || fail "no completions for zsh"
grep -q 'complete -c' "$prefix/share/fish/vendor_completions.d/mmaudio.fish" || fail "no completions for fish"
grep -q '^\.Nm mmaudio' "$prefix/share/man/man1/mmaudio.1" || fail "no manual page"

Scripts/install.sh --prefix "$prefix" --uninstall >>"$work/log"
[ -z "$(find "$prefix" -type f)" ] || fail "uninstalling leaves $(find "$prefix" -type f)"
[ -d "$prefix/share/mmaudio/models" ] || fail "uninstalling takes the folder of published models"
echo "install: it works in its place, and goes as it came"
