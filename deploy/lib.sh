# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What deploy/quickstart, deploy/install and tests/run share: the package list, its installation, the build.
# Sourced by bash scripts that have set -euo pipefail.

# The root of the checkout, whatever the working directory is.
PERFWATCH_ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# The same source in another folder hits the same cache.
export CCACHE_BASEDIR=$PERFWATCH_ROOT CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# packages_of SECTION...: the packages of these sections of deploy/packages.txt.
packages_of() {
  awk -v wanted=" $* " '
    /^# == / { name = $3; sub(/:$/, "", name); next }
    /^#/ || NF == 0 { next }
    index(wanted, " " name " ") { print $1 }' "$PERFWATCH_ROOT/deploy/packages.txt"
}

# missing_packages SECTION...: those of them that dpkg does not have installed.
missing_packages() {
  local installed
  # shellcheck disable=SC2016  # dpkg-query's own variables
  installed=$(packages_of "$@" | xargs dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null |
    awk '$1 == "installed" { print $2 }') || true
  packages_of "$@" | grep -vxF -e "$installed" || true
}

# Keeps the services of packages from starting while they are installed, unless the host has a policy of its own.
PERFWATCH_POLICY=
remove_service_policy() {
  if [[ -n $PERFWATCH_POLICY ]]; then
    rm -f -- "$PERFWATCH_POLICY"
    PERFWATCH_POLICY=
  fi
}
forbid_service_starts() {
  if [[ -e /usr/sbin/policy-rc.d ]]; then
    return 0
  fi
  PERFWATCH_POLICY=/usr/sbin/policy-rc.d
  trap remove_service_policy EXIT
  printf '#!/bin/sh\nexit 101\n' > "$PERFWATCH_POLICY"
  chmod 755 "$PERFWATCH_POLICY"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}

# ensure_packages SECTION...: installs what is missing of these sections; needs root only for that.
ensure_packages() {
  local missing package unknown=()
  command -v dpkg-query > /dev/null || die "This is not a Debian system: see deploy/packages.txt for what is needed."
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "Packages ($*): all there."
    return 0
  fi
  if ((EUID != 0)); then
    die "These packages are missing; install them as root and start again:

  apt-get update && apt-get install --no-install-recommends ${missing[*]}
"
  fi
  say "Packages ($*): installing ${missing[*]}"
  forbid_service_starts
  for package in "${missing[@]}"; do
    apt-cache show --no-all-versions "$package" > /dev/null 2>&1 || unknown+=("$package")
  done
  if ((${#unknown[@]})); then
    apt-get update -qq
  fi
  # Package lists that are too old name files that are gone: one more try with fresh ones.
  apt_install "${missing[@]}" || { apt-get update -qq && apt_install "${missing[@]}"; }
  remove_service_policy
}

# How many compilers at once: one per CPU, each with 1.5 GiB of the available memory.
build_jobs() {
  local cpus by_memory
  cpus=$(nproc)
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  if ((by_memory < 1)); then by_memory=1; fi
  echo $((cpus < by_memory ? cpus : by_memory))
}

# build FOLDER CMAKE-ARGUMENT... [-- TARGET...]: configures FOLDER in the checkout (again, if need be) and builds it.
build() {
  local folder=$PERFWATCH_ROOT/$1 arguments=() home
  shift
  while (($#)) && [[ $1 != -- ]]; do
    arguments+=("$1")
    shift
  done
  if (($#)); then shift; fi
  # A copied checkout or another generator: CMake would refuse.
  if [[ -f $folder/CMakeCache.txt ]]; then
    home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt")
    if [[ $home != "$PERFWATCH_ROOT" ]] || ! grep -q '^CMAKE_GENERATOR:INTERNAL=Ninja$' "$folder/CMakeCache.txt"; then
      rm -rf -- "$folder/CMakeCache.txt" "$folder/CMakeFiles"
    fi
  fi
  cmake -S "$PERFWATCH_ROOT" -B "$folder" -G Ninja --log-level=NOTICE "${arguments[@]}"
  ninja -C "$folder" -j "$(build_jobs)" --quiet "$@"
}
