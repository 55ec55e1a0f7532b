#!/bin/sh
# Installs taskmux: takes the release for this machine, compares its checksum, and puts one file into a directory,
# and the man page next to it: for ~/.local/bin into ~/.local/share/man/man1.
#
#   TASKMUX_VERSION       which release, 0.1.0 say; without it the newest
#   TASKMUX_INSTALL_DIR   where to; without it ~/.local/bin
#   TASKMUX_BASE_URL      the address of a directory that holds the release's files, a mirror say
#   --binary FILE         installs this file; nothing is downloaded
set -eu

# OWNER/NAME on GitHub. The release that this script is a part of writes its own here.
repository=

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "install.sh: $*"
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

usage() {
  cat <<'END'
sh install.sh                 installs the newest release into ~/.local/bin
sh install.sh --binary FILE   installs a binary that was built or downloaded before

TASKMUX_VERSION=0.1.0, TASKMUX_INSTALL_DIR=/usr/local/bin and TASKMUX_BASE_URL=https://... change what and where.
END
}

# --- what this machine is ---------------------------------------------------------------------------------

find_target() {
  libc=
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail "taskmux runs on Linux and macOS (on Windows: in WSL), not on $(uname -s)." ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) fail "there is no taskmux for this processor: $(uname -m)." ;;
  esac
  if [ "$os" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    cpu=arm64 # this shell runs under Rosetta
  fi
  if [ "$os" = linux ] && is_musl; then libc=-musl; fi
  target=$os-$cpu$libc
}

# A glibc machine may have musl's loader next to its own, so ldd is asked first.
is_musl() {
  if has ldd; then
    ldd --version 2>&1 | grep -qi musl
  else
    ls /lib/ld-musl-* >/dev/null 2>&1
  fi
}

# --- what is installed ------------------------------------------------------------------------------------

release_url() {
  [ -z "${TASKMUX_BASE_URL:-}" ] || { printf '%s\n' "${TASKMUX_BASE_URL%/}" && return; }
  [ -n "$repository" ] || fail "this copy of the script doesn't know where the releases are.
Take install.sh from a release, or set TASKMUX_BASE_URL, or install a build of yours: --binary dist/taskmux"
  releases=https://github.com/$repository/releases
  version=${TASKMUX_VERSION:-}
  if [ -z "$version" ]; then
    printf '%s\n' "$releases/latest/download"
  else
    printf '%s\n' "$releases/download/v${version#v}"
  fi
}

# fetch NAME: a file of the release, into the stage.
fetch() {
  say "$url/$1"
  if has curl; then
    curl -fsSL --proto-redir =https --retry 2 "$url/$1" -o "$stage/$1"
  elif has wget; then
    wget -q "$url/$1" -O "$stage/$1"
  else
    fail "downloading needs curl or wget; neither is in PATH."
  fi || fail "$url/$1 could not be downloaded."
}

# The command that computes checksums, looked for before anything is downloaded.
find_checksum_tool() {
  if has sha256sum; then checksum=sha256sum
  elif has shasum; then checksum="shasum -a 256"
  elif has openssl; then checksum="openssl dgst -sha256 -r"
  else
    fail "the download can't be verified: that needs sha256sum, shasum or openssl, and none is in PATH.
Install one of them, then run this again. Nothing was downloaded."
  fi
}

sha256_of() { $checksum <"$1" | cut -d ' ' -f 1; }

# What SHA256SUMS says of a file, which must be there and match: nothing is installed unproven.
verify() {
  stated=$(awk -v name="$1" '$2 == name || $2 == "*" name { print $1 }' "$stage/SHA256SUMS")
  [ -n "$stated" ] || fail "SHA256SUMS says nothing of $1: it is not installed."
  found=$(sha256_of "$stage/$1")
  [ "$found" = "$stated" ] || fail "the checksum of $1 is wrong: it is not installed.
  SHA256SUMS says $stated
  the download is ${found:-unknown}"
}

download() {
  find_target
  url=$(release_url)
  archive=taskmux-$target.tar.gz
  has tar || fail "unpacking needs tar, which is not in PATH."
  find_checksum_tool
  fetch SHA256SUMS
  fetch "$archive"
  verify "$archive"
  tar -xzf "$stage/$archive" -C "$stage" taskmux || fail "$archive could not be unpacked."
  # Early releases have none.
  tar -xzf "$stage/$archive" -C "$stage" taskmux.1 2>/dev/null || :
}

# Written next to the target and renamed: a running taskmux continues, and no incomplete file is visible.
install_binary() {
  chmod 755 "$stage/taskmux"
  version=$("$stage/taskmux" --version) || fail "this binary doesn't run on this machine; nothing was changed.$(hint_for_musl)"
  keep_newer
  mv -f "$stage/taskmux" "$directory/taskmux"
  say "Installed $version: $directory/taskmux"
}

# Where man finds it, if that can be written; `taskmux docs` says the same.
install_man_page() {
  case $directory in */bin) manuals=${directory%/bin}/share/man/man1 ;; *) return 0 ;; esac
  [ -f "$stage/taskmux.1" ] || return 0
  chmod 644 "$stage/taskmux.1"
  if mkdir -p "$manuals" 2>/dev/null && mv -f "$stage/taskmux.1" "$manuals/taskmux.1" 2>/dev/null; then
    say "Installed the man page: $manuals/taskmux.1"
  fi
}

# Only who names a version, or a file, gets an older one than is there.
keep_newer() {
  [ -z "${TASKMUX_VERSION:-}$binary" ] || return 0
  there=$("$directory/taskmux" --version 2>/dev/null) || return 0
  is_newer "${there##* }" "${version##* }" || return 0
  say "$there is installed in $directory already, and newer than $version: it stays.
To install that one all the same: TASKMUX_VERSION=${version##* }"
  exit 0
}

# is_newer A B: whether version A is newer than B. Of two with the same numbers one with a suffix (1.0.0-rc.1) is older.
is_newer() {
  awk -v a="$1" -v b="$2" 'BEGIN {
    if (a !~ /^[0-9]+[.][0-9]+[.][0-9]+/ || b !~ /^[0-9]+[.][0-9]+[.][0-9]+/) exit 1
    split(a, x, /[-+]/); split(b, y, /[-+]/); split(x[1], m, "."); split(y[1], n, ".")
    for (i = 1; i <= 3; i++) if (m[i] + 0 != n[i] + 0) exit !(m[i] + 0 > n[i] + 0)
    exit !(y[2] != "" && x[2] == "")
  }'
}

hint_for_musl() {
  case ${target:-} in *-musl) printf '\nIt needs libstdc++: apk add libstdc++' ;; esac
}

open_stage() {
  directory=${TASKMUX_INSTALL_DIR:-}
  [ -n "$directory" ] || directory=${HOME:?"HOME is not set: set TASKMUX_INSTALL_DIR"}/.local/bin
  mkdir -p "$directory" 2>/dev/null || fail "the directory $directory can't be made. Set TASKMUX_INSTALL_DIR to one of yours."
  directory=$(CDPATH='' cd -- "$directory" && pwd)
  [ ! -d "$directory/taskmux" ] || fail "$directory/taskmux is a directory."
  stage=$directory/.taskmux-install.$$
  (umask 077 && mkdir "$stage") 2>/dev/null || fail "$directory can't be written to. Set TASKMUX_INSTALL_DIR to a directory of yours."
  trap 'rm -rf "$stage"' EXIT
  trap 'exit 130' INT TERM HUP
}

# --- what is still to do ----------------------------------------------------------------------------------

tell_of_path() {
  case :$PATH: in
    *":$directory:"*) ;;
    *)
      say "$directory is not on your PATH. Add it, in the start-up file of your shell:"
      say "  export PATH=\"$directory:\$PATH\""
      ;;
  esac
}

tell_of_tmux() {
  has tmux || say "taskmux needs tmux 3.0a or newer, which is missing. Install it:
  $(tmux_command)"
}

tmux_command() {
  if [ "$(uname -s)" = Darwin ]; then
    if has port && ! has brew; then echo "sudo port install tmux"; else echo "brew install tmux"; fi
  elif has apt-get; then echo "sudo apt-get install tmux"
  elif has dnf; then echo "sudo dnf install tmux"
  elif has yum; then echo "sudo yum install tmux"
  elif has pacman; then echo "sudo pacman -S tmux"
  elif has apk; then echo "sudo apk add tmux"
  elif has zypper; then echo "sudo zypper install tmux"
  else echo "with your system's package manager"
  fi
}

main() {
  binary=
  while [ $# -gt 0 ]; do
    case $1 in
      --binary)
        [ $# -gt 1 ] || fail "--binary needs a file."
        binary=$2
        shift 2
        ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && exit 2 ;;
    esac
  done
  [ -z "$binary" ] || [ -f "$binary" ] || fail "$binary is no file."
  open_stage
  # With its date, but not with its owner, which `cp -p` would take over too.
  if [ -n "$binary" ]; then cp "$binary" "$stage/taskmux"; touch -r "$binary" "$stage/taskmux"; else download; fi
  install_binary
  install_man_page
  tell_of_path
  tell_of_tmux
}

# On the last line: of a download that was cut short nothing runs.
main "$@"
