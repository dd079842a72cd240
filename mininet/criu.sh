#!/bin/bash
# Sees to it that a criu works on this kernel, proved by a real dump and restore. When neither the
# system's nor one made before does, makes a private one: the newest of this machine's Debian mirror
# with the libraries it needs, in a folder of its own. The system's packages, libraries and package
# lists stay as they are.
#   FERRY_CRIU_HOME   where it is kept, /var/lib/ferry/criu by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly HOME_DIR=${FERRY_CRIU_HOME:-/var/lib/ferry/criu}
readonly SUITES='testing unstable'
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  printf 'error %s: %s -> %s\n' "$1" "$2" "$3" >&2
  exit 1
}

works() { node dist/vnf-host/checkpoint/probe-main.js "$@" >/dev/null; }

# Each Debian mirror that apt is set up with, without the security updates.
mirrors() {
  { apt-get update --print-uris 2>/dev/null || true; } |
    sed -nE "s#^'([^']*/debian)/dists/[^']*InRelease' .*#\1#p" | sort -u
}

# apt with lists, cache and package status of its own: $1 is its folder.
private_apt() {
  local dir=$1
  shift
  apt-get -q -c "$dir/apt.conf" "$@" >&2
}

prepare_apt() {
  local dir=$1 uri=$2 suite=$3 signed=''
  [[ -e $KEYRING ]] && signed="[signed-by=$KEYRING] "
  mkdir -p "$dir"/lists/partial "$dir"/cache/archives/partial "$dir"/root
  : >"$dir/status"
  printf 'deb %s%s %s main\n' "$signed" "$uri" "$suite" >"$dir/sources.list"
  cat >"$dir/apt.conf" <<EOF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
#clear Dir::Cache::pkgcache;
#clear Dir::Cache::srcpkgcache;
Dir::Etc::SourceList "$dir/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$dir/lists";
Dir::State::Status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Cache::Archives "$dir/cache/archives";
Acquire::Languages "none";
APT::Sandbox::User "root";
APT::Keep-Downloaded-Packages "true";
EOF
}

# Makes $HOME_DIR/criu-VERSION from one suite of one mirror, and says its path.
make_private() {
  local dir=$1 package libraries final loader version patchelf
  prepare_apt "$@"
  private_apt "$dir" update || return 1
  private_apt "$dir" install -y --download-only --no-install-recommends criu patchelf || return 1
  for package in "$dir"/cache/archives/*.deb; do dpkg-deb -x "$package" "$dir/root"; done
  libraries=$(dirname "$(find "$dir/root" -name 'libc.so.6' -print -quit)")
  rm -rf "$libraries"/{gconv,audit,compel,perl-base}
  loader=$(basename "$(find "$libraries" -maxdepth 1 -name 'ld-linux*' -print -quit)")
  version=$(dpkg-deb -f "$dir"/cache/archives/criu_*.deb Version)
  final=$HOME_DIR/criu-${version%%-*}
  mkdir "$dir/criu"
  cp -a "$libraries" "$dir/criu/lib"
  cp "$(find "$dir/root" -path '*/sbin/criu' -print -quit)" "$dir/criu/criu"
  patchelf=("$libraries/$loader" --library-path "$libraries" "$dir/root/usr/bin/patchelf")
  # The older kind of search path: it holds for the libraries' own libraries too.
  "${patchelf[@]}" --set-interpreter "$final/lib/$loader" --force-rpath \
    --set-rpath "$final/lib" "$dir/criu/criu"
  rm -rf "$final"
  mv "$dir/criu" "$final"
  printf '%s\n' "$final"
}

main() {
  works && return
  ((EUID == 0)) || fail NOT_ROOT 'no criu works here for this user' 'Run it as root.'
  command -v apt-get >/dev/null ||
    fail TOOL_MISSING 'no criu works here' 'Install one that does and name it in FERRY_CRIU.'
  say "no criu that is installed works on this kernel: making one in $HOME_DIR"
  local uri suite made
  mkdir -p "$HOME_DIR"
  work=$(mktemp -d "$HOME_DIR/.making-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  while read -r uri; do
    for suite in $SUITES; do
      say "trying the criu of Debian $suite"
      made=$(make_private "$work/$suite" "$uri" "$suite") || continue
      if works "$made/criu"; then
        say "$made/criu works"
        return
      fi
      rm -rf "$made" "${work:?}/$suite"
    done
  done < <(mirrors)
  fail TOOL_MISSING 'no criu works on this kernel' \
    'Read docs/checkpoints.md; all but checkpoints works without it.'
}

main
