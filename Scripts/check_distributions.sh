#!/usr/bin/env bash
# Runs README's two commands, Scripts/quickstart.sh and Scripts/test.sh, on other releases of Debian and
# Ubuntu, and prints a table:
#
#   Scripts/check_distributions.sh [--folder FOLDER] [RELEASE...]
#
# RELEASE: bookworm, trixie and noble unless named otherwise; sid, jammy and the like work too. Each is
# bootstrapped into FOLDER (default: a temporary one, removed at the end), gets the toolchain of this
# machine, a clone of the last commit and, where it exists, ../shared/parity, all but the clone read-only.
# A FOLDER that is named is kept, with a log of every step, and a later call goes on with what is there.
# Packages come from $DEBIAN_MIRROR and $UBUNTU_MIRROR. A release that cannot be had is said to be not
# reachable, which fails nothing. Needs root and debootstrap; half an hour for each on two cores.
set -euo pipefail
# Mounts that nobody else sees are gone when the script is.
[ -n "${CHECK_DISTRIBUTIONS_APART:-}" ] ||
  CHECK_DISTRIBUTIONS_APART=1 exec unshare --mount --propagation private "$0" "$@"
folder=""
if [ "${1:-}" = --folder ]; then
  mkdir -p "${2:?--folder needs a folder}"
  folder="$(realpath "$2")"
  shift 2
fi
[ $# -gt 0 ] || set -- bookworm trixie noble
cd "$(dirname "$0")/.."
checkout="$PWD"
debian="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
ubuntu="${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}"
toolchain="$(dirname "$(dirname "$(dirname "$(realpath "$(command -v swift)")")")")"
if [ -z "$folder" ]; then
  folder="$(mktemp -d)"
  trap 'rm -rf --one-file-system "$folder"' EXIT
fi
row() { printf '%-10s %-22s %14s %14s %7s  %s\n' "$@"; }

# The mirror that has a release; fails where none answers.
mirror_of() {
  local mirror
  for mirror in "$debian" "$ubuntu"; do
    if curl -sfL -m 30 -o /dev/null "$mirror/dists/$1/Release"; then
      echo "$mirror"
      return
    fi
  done
  return 1
}

# Makes the release's root folder, with what the toolchain and a clone need.
bootstrap() {
  local release="$1" root="$2" mirror="$3" components=main recipe=()
  [ "$mirror" = "$debian" ] || components=main,universe
  # Every release of Ubuntu is made by one recipe, which is there before the release is.
  [ "$mirror" = "$debian" ] || [ -e "/usr/share/debootstrap/scripts/$release" ] || recipe=(gutsy)
  debootstrap --variant=minbase --components="$components" "$release" "$root" "$mirror" "${recipe[@]}"
  # How this machine gets to its packages: proxies, and clocks that are not trusted.
  apt-config dump | grep -E '^Acquire::(Check|https?:)' >"$root/etc/apt/apt.conf.d/90host" || true
  echo 'APT::Sandbox::User "root";' >>"$root/etc/apt/apt.conf.d/90host"
  mount_into "$root"
  inside "$root" apt-get update -qq
  inside "$root" apt-get install -y -qq --no-install-recommends ca-certificates git g++ tzdata \
    libcurl4-openssl-dev libedit-dev libncurses-dev libsqlite3-dev libxml2-dev
  touch "$root/.bootstrapped"
}

inside() {
  local root="$1"
  shift
  chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$toolchain/usr/bin" "$@"
}

read_only() {
  mkdir -p "$2"
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}

mount_into() {
  local root="$1" key value
  ! mountpoint -q "$root$toolchain" || return 0
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  read_only "$toolchain" "$root$toolchain"
  # Packages may come from a folder of this machine instead of their address.
  : >"$root/etc/gitconfig"
  while read -r key value; do
    git config --file "$root/etc/gitconfig" --add "$key" "$value"
    value="${key#url.}"
    value="${value%.insteadof}"
    [ ! -d "$value" ] || read_only "$value" "$root$value"
  done < <(git config --get-regexp '^url\..*\.insteadof$' || true)
  [ ! -d ../shared/parity ] || read_only ../shared/parity "$root/srv/shared/parity"
}

# Runs a command in the clone; prints its exit status and seconds, which its log has at its end.
timed() {
  local root="$1" log="$2" start=$SECONDS status=0
  shift 2
  inside "$root" env -C /srv/mmaudio "$@" >"$log" 2>&1 || status=$?
  echo "$status/$((SECONDS - start))s"
}

wav_of() { "$@" generate Models/nano/sample.mp4 --variant nano_16k --quiet --force -o "$wav" >&2; }
digest() { sha256sum "$1" | cut -c 1-64; }

echo "here: Swift $(swift --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/\1/p'), commit $(git log -1 --format=%h)"
Scripts/build.sh >"$folder/here.build.log" 2>&1
wav="$folder/here.wav" wav_of .build/release/mmaudio
here="$(digest "$folder/here.wav")"
echo "here: nano WAV $here"
row release FFmpeg "quick start" tests passed "nano WAV"
failed=0
for release; do
  root="$folder/$release"
  if [ ! -e "$root/.bootstrapped" ]; then
    mirror="$(mirror_of "$release")" || { echo "$release: not reachable"; continue; }
    bootstrap "$release" "$root" "$mirror" >"$folder/$release.bootstrap.log" 2>&1 ||
      { echo "$release: cannot be bootstrapped, see $folder/$release.bootstrap.log"; failed=1; continue; }
  fi
  mount_into "$root"
  mkdir -p "$root/srv"
  [ -d "$root/srv/mmaudio" ] || git clone -q "$checkout" "$root/srv/mmaudio"
  git -C "$root/srv/mmaudio" pull -q --ff-only "$checkout" HEAD
  started="$(timed "$root" "$folder/$release.quickstart.log" Scripts/quickstart.sh)"
  ffmpeg="$(inside "$root" dpkg-query -W -f '${Version}' libavformat-dev 2>/dev/null || echo none)"
  tested="$(timed "$root" "$folder/$release.test.log" Scripts/test.sh)"
  passed="$(sed -n 's/.*Test run with \([0-9]*\) tests.* passed.*/\1/p' "$folder/$release.test.log" | tail -n 1)"
  wav=/srv/sample.wav
  sound=none
  if wav_of inside "$root" env -C /srv/mmaudio .build/release/mmaudio 2>/dev/null; then
    sound="$(digest "$root/srv/sample.wav")"
    [ "$sound" != "$here" ] || sound="the same"
  fi
  row "$release" "$ffmpeg" "$started" "$tested" "${passed:-none}" "$sound"
  [[ "$started $tested $sound" == 0/*\ 0/*\ "the same" ]] || failed=1
done
exit "$failed"
