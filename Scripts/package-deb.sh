#!/usr/bin/env bash
# Makes a Debian package for the release of Debian or Ubuntu that it is made on:
#
#   Scripts/package-deb.sh [FOLDER]
#
# FOLDER (default .build/deb) gets mmaudio_VERSION_ARCHITECTURE.deb. It runs on any machine of the
# architecture, without Swift, and uses the vector units it finds (Scripts/build_portable.sh). The same
# commit gives the same bytes. $DEBFULLNAME and $DEBEMAIL name the maintainer; default: who made the
# commit. Needs dpkg-dev beside what Scripts/install_packages.sh installs.
set -euo pipefail
folder="$(realpath -m "${1:-"$(dirname "$0")/../.build/deb"}")"
cd "$(dirname "$0")/.."
umask 022
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
maintainer="${DEBFULLNAME:-$(git log -1 --format=%cn)} <${DEBEMAIL:-$(git log -1 --format=%ce)}>"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
Scripts/build_portable.sh "$work/build"
Scripts/build_documents.sh "$work/build/mmaudio" "$work/documents"
# Its first line is the one place that says the version.
version="$("$work/build/mmaudio" --version | sed -n 1p)"
architecture="$(dpkg --print-architecture)"

# Programs that hand over to each other lie in a folder of their own.
root="$work/root"
install -D -m 755 -t "$root/usr/lib/mmaudio" "$work"/build/mmaudio*
# The compiler's hashes of its modules, and the linker's of the whole, are all that differs from build
# to build; nothing reads them at run time. Swift brings this tool; GNU's loses read-only relocations.
for program in "$root"/usr/lib/mmaudio/*; do
  llvm-objcopy --strip-all --remove-section=.swift_modhash --remove-section=.note.gnu.build-id \
    --remove-section=.comment "$program"
done
mkdir -p "$root/usr/bin"
ln -s ../lib/mmaudio/mmaudio "$root/usr/bin/mmaudio"
install -D -m 644 -t "$root/usr/share/mmaudio/nano" "$work"/build/share/mmaudio/nano/*
put() { install -D -m 644 "$1" "$root/usr/share/$2"; }
put "$work/documents/mmaudio.bash" bash-completion/completions/mmaudio
put "$work/documents/mmaudio.zsh" zsh/vendor-completions/_mmaudio
put "$work/documents/mmaudio.fish" fish/vendor_completions.d/mmaudio.fish
put "$work/documents/mmaudio.1" man/man1/mmaudio.1
put Models/nano/README.md doc/mmaudio/nano.md
put Scripts/deb/copyright doc/mmaudio/copyright
cat >"$root/usr/share/doc/mmaudio/changelog" <<EOT
mmaudio ($version) unstable; urgency=medium

  * Version $version.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
EOT
gzip -9 -n "$root/usr/share/man/man1/mmaudio.1" "$root/usr/share/doc/mmaudio/changelog"

# dpkg-shlibdeps wants to stand in a source package.
mkdir -p "$work/source/debian"
printf 'Source: mmaudio\n\nPackage: mmaudio\nArchitecture: any\n' >"$work/source/debian/control"
libraries="$(cd "$work/source" && dpkg-shlibdeps -O "$root"/usr/lib/mmaudio/* |
  sed -n 's/^shlibs:Depends=//p')"
size="$(find "$root" -type f -printf '%s\n' | awk '{kib += int(($1 + 1023) / 1024)} END {print kib}')"
mkdir "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<EOT
Package: mmaudio
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $size
Depends: $libraries
Recommends: ca-certificates
Section: sound
Priority: optional
Description: sound for silent videos, or from a prompt
 mmaudio runs the MMAudio model on CPUs: it looks at a video, reads a prompt,
 and makes effects and ambience that fit both, as a copy of the video with its
 sound or as an audio file.
 .
 A small model that knows ten simple things is in the package; "mmaudio models
 pull" gets the published ones, whose licences forbid commercial use.
EOT
mkdir -p "$folder"
package="$folder/mmaudio_${version}_$architecture.deb"
trap 'rm -rf "$work" "$package.partial"' EXIT
# The largest dictionary of xz reaches from one program to the next, which is much the same.
# It takes minutes: under another name, so that the package appears whole or not at all.
dpkg-deb --root-owner-group -Zxz -z9 --build "$root" "$package.partial"
mv "$package.partial" "$package"
