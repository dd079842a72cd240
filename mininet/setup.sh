#!/bin/bash
# Installs and builds what Ferry needs, and only what is missing: Debian packages, npm packages, the
# native addon, the compiled TypeScript. Says what it does; says nothing when nothing is to do.
#   setup.sh          what the demo and the lab need
#   setup.sh --criu   also a criu that works here, for checkpoints
#   setup.sh --dev    also what the tests and checks need, criu included
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly LEAST_NODE=20.11.0
# One line each: the package, a file that proves it is there, what it is for.
readonly PACKAGES='
openvswitch-switch /usr/sbin/ovs-vswitchd|the switch
mininet /usr/bin/mnexec|hosts and links
python3-yaml /usr/lib/python3/dist-packages/yaml/__init__.py|reading topologies
iproute2 /sbin/tc|interfaces and link rates
ethtool /usr/sbin/ethtool|checksum offload of the links
iperf3 /usr/bin/iperf3|the TCP transfer of the demo
nftables /usr/sbin/nft|the NAT of the kernel, to compare with
tcpdump /usr/bin/tcpdump|looking at packets inside the lab
iputils-ping /bin/ping|reachability inside the lab
build-essential /usr/bin/g++|the native packet path
libhyperscan-dev /usr/include/hs/hs.h|finding the contents of IDS rules
libpcre2-dev /usr/include/pcre2.h|the pcre of IDS rules
python3 /usr/bin/python3|the build and the lab
'
readonly DEV_PACKAGES='
clang-14 /usr/bin/clang-14|fuzzers and sanitizers
libclang-rt-14-dev /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux|fuzzers
clang-format-14 /usr/bin/clang-format-14|the format of C++
clang-tidy-14 /usr/bin/clang-tidy-14|the linter of C++
libssl-dev /usr/include/openssl/evp.h|libcrypto for native tests outside node
python3-scapy /usr/lib/python3/dist-packages/scapy/__init__.py|ESP to try ours against
tshark /usr/bin/tshark|ESP and OpenFlow as others read them
python3-cryptography /usr/lib/python3/dist-packages/cryptography/__init__.py|the ciphers of that
dnsmasq-base /usr/sbin/dnsmasq|a program as VNF
haproxy /usr/sbin/haproxy|another one
keepalived /usr/sbin/keepalived|what recovery is compared with
conntrackd /usr/sbin/conntrackd|the state of that
'
# Packages of which nothing shall run by itself.
readonly SYSTEM_SERVICES=' keepalived conntrackd '

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  printf 'error %s: %s -> %s\n' "$1" "$2" "$3" >&2
  exit 1
}

check_node() {
  command -v node >/dev/null || fail TOOL_MISSING 'node is not installed' 'Install Node.js 20.'
  local version
  version=$(node -p 'process.versions.node')
  printf '%s\n%s\n' "$LEAST_NODE" "$version" | sort -V -C ||
    fail TOOL_MISSING "node $version is too old" "Install Node.js $LEAST_NODE or later."
}

install_packages() {
  local wanted=$PACKAGES missing=() package file purpose
  [[ ${1-} == --dev ]] && wanted+=$DEV_PACKAGES
  while IFS='| ' read -r package file purpose; do
    [[ -z $package || -e $file ]] && continue
    say "package $package is missing: $purpose"
    missing+=("$package")
  done <<<"$wanted"
  ((${#missing[@]})) || return 0
  ((EUID == 0)) ||
    fail NOT_ROOT "packages are missing: ${missing[*]}" 'Run it as root, or install them.'
  command -v apt-get >/dev/null ||
    fail TOOL_MISSING "packages are missing: ${missing[*]}" 'Install them: there is no apt-get here.'
  apt_install "${missing[@]}"
  local name
  for name in "${missing[@]}"; do
    [[ $SYSTEM_SERVICES == *" $name "* ]] && never_start "$name"
  done
  return 0
}

# Installed for what the lab runs of it: this machine's own service of that name is not wanted.
never_start() {
  [[ -d /run/systemd/system ]] || return 0
  systemctl disable --quiet "$1.service" || say "the service $1 may start with this machine"
}

# Installs without starting a daemon: Ferry's lab starts what it needs, when it needs it.
apt_install() {
  local policy=/usr/sbin/policy-rc.d made=0
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=1
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  local options=(-y -q -o Dpkg::Use-Pty=0 --no-install-recommends)
  say "installing $*"
  if ! apt-get install "${options[@]}" "$@" >&2; then
    say 'not found in the package lists of this machine: fetching them'
    apt-get update -q >&2
    apt-get install "${options[@]}" "$@" >&2 ||
      fail TOOL_MISSING "apt-get could not install $*" 'Install the packages by hand.'
  fi
  if ((made)); then
    rm -f "$policy"
    trap - EXIT
  fi
}

# True when a file of the given kinds is newer than the stamp, or there is no stamp.
is_newer() {
  local stamp=$1
  shift
  [[ ! -e $stamp ]] || [[ -n $(find "$@" -newer "$stamp" -print -quit) ]]
}

# The stamp holds the lock file's checksum: a checkout changes times without changing packages.
install_modules() {
  [[ -e package-lock.json ]] || return 0
  local stamp=node_modules/.ferry-lock sum
  sum=$(sha256sum <package-lock.json)
  [[ -e $stamp && $(<"$stamp") == "$sum" ]] && return 0
  say 'installing npm packages'
  npm ci --no-audit --no-fund >&2
  printf '%s\n' "$sum" >"$stamp"
}

# node-gyp fetches Node's headers unless it is shown those that came with the running Node.
build_native() {
  local addon=native/build/Release/ferry.node
  is_newer "$addon" native test/unit/native -path native/build -prune -o -path 'native/build-*' -prune -o \
    \( -name '*.cpp' -o -name '*.hpp' -o -name binding.gyp \) || return 0
  say 'building the native packet path (about a minute)'
  local prefix options=()
  prefix=$(node -p "require('node:path').resolve(process.execPath, '../..')")
  [[ -e $prefix/include/node/node.h ]] && options+=("--nodedir=$prefix")
  local gyp=(node node_modules/node-gyp/bin/node-gyp.js -C native --python=/usr/bin/python3 "${options[@]}")
  local log=dist/native-build.log
  mkdir -p dist
  if ! { "${gyp[@]}" configure && "${gyp[@]}" build --jobs "$(nproc)"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail INTERNAL 'the native build failed' "Read $PWD/$log."
  fi
  rm -f "$log"
  touch "$addon"
}

build_typescript() {
  [[ -e tsconfig.json ]] || return 0
  local stamp=dist/.built
  is_newer "$stamp" tsconfig.json sdn-app vnf-host native test \
    -path native/build -prune -o \( -name '*.ts' -o -name tsconfig.json \) || return 0
  say 'compiling TypeScript'
  node node_modules/typescript/bin/tsc -p tsconfig.json >&2
  touch "$stamp"
}

install_criu() {
  case ${1-} in
    --criu) bash mininet/criu.sh ;;
    --dev) bash mininet/criu.sh || say "the tests of checkpoints will be skipped" ;;
  esac
}

check_node
install_packages "$@"
install_modules
build_native
build_typescript
install_criu "$@"
