#!/usr/bin/env bash
# Installs a package on a clean Debian, uses it there without Swift, and removes it again:
#
#   Scripts/check_deb.sh PACKAGE.deb [RELEASE]
#
# The Debian (RELEASE; default bookworm) is bootstrapped into a temporary folder, from $MIRROR
# (default http://deb.debian.org/debian). Needs root and debootstrap.
set -euo pipefail
package="$(realpath "${1:?usage: $0 PACKAGE.deb [RELEASE]}")"
release="${2:-bookworm}"
cd "$(dirname "$0")/.."

root="$(mktemp -d)"
# It is the root folder of everybody there.
chmod 755 "$root"
leave() {
  ! mountpoint -q "$root/proc" || umount "$root/proc"
  rm -rf --one-file-system "$root"
}
trap leave EXIT
step() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
fail() {
  echo "check_deb: $*" >&2
  exit 1
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive "$@"; }
# As somebody without rights, in a folder of their own.
as_user() { inside setpriv --reuid 1000 --regid 1000 --clear-groups env -C /home/user HOME=/home/user "$@"; }
# What there is of the package outside of dpkg's logs.
traces() { find "$root"/{usr,etc,opt,var/lib/dpkg/info} -name '*mmaudio*'; }

debootstrap --variant=minbase "$release" "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
  { tail -n 5 "$root.log" >&2; rm "$root.log"; fail "debootstrap failed"; }
rm "$root.log"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
step "bootstrapped $release: $(du -shx "$root" | cut -f 1)"

cp "$package" "$root/mmaudio.deb"
inside apt-get install -y -qq --no-install-recommends /mmaudio.deb >/dev/null 2>&1 ||
  { inside apt-get install -y --no-install-recommends /mmaudio.deb | tail; fail "it does not install"; }
step "installed $(inside dpkg-query -W -f '${Package} ${Version}, ${Installed-Size} KiB' mmaudio); with its dependencies $(du -shx "$root" | cut -f 1)"

inside ldd /usr/bin/mmaudio >"$root/libraries"
! grep -E 'not found|libswift|libFoundation' "$root/libraries" || fail "libraries are missing"
[ -z "$(find "$root"/usr -name 'libswift*')" ] || fail "there is a Swift"
step "needs no Swift: $(wc -l <"$root/libraries") libraries, all found"

install -d -o 1000 -g 1000 "$root/home/user"
cp Models/nano/sample.mp4 "$root/home/user"
chmod 644 "$root/home/user/sample.mp4"
version="$(as_user mmaudio --version)"
[ "$(sed -n 1p <<<"$version")" = "$(inside dpkg-query -W -f '${Version}' mmaudio)" ] ||
  fail "the program and the package differ in version"
step "mmaudio --version: $(paste -sd ';' <<<"$version")"

as_user mmaudio generate sample.mp4 --quiet -o out.mp4 >/dev/null
[ "$(stat -c %s "$root/home/user/out.mp4")" -gt "$(stat -c %s "$root/home/user/sample.mp4")" ] ||
  fail "the video got no sound"
step "mmaudio generate sample.mp4 -o out.mp4: $(stat -c %s "$root/home/user/out.mp4") bytes"

inside gzip -dc /usr/share/man/man1/mmaudio.1.gz | grep -q '^\.Nm mmaudio' || fail "no manual page"
as_user bash -c '. /usr/share/bash-completion/completions/mmaudio && complete -p mmaudio' >/dev/null ||
  fail "the completions do not load"
[ -s "$root/usr/share/zsh/vendor-completions/_mmaudio" ] || fail "no completions for zsh"
[ -s "$root/usr/share/fish/vendor_completions.d/mmaudio.fish" ] || fail "no completions for fish"
step "manual page and completions are there"

inside apt-get remove -y -qq mmaudio >/dev/null 2>&1
[ -z "$(traces)" ] || fail "these are left: $(traces)"
step "removed, nothing is left"
