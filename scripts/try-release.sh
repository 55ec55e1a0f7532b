#!/bin/sh
# Installs the release in a directory as a person would, and runs the example with it: sh scripts/try-release.sh DIRECTORY VERSION
set -eu

release=$(CDPATH='' cd -- "$1" && pwd)
version=$2
example=$(CDPATH='' cd -- "$(dirname -- "$0")/../examples/shop" && pwd)

# A home and a tmux server of its own: a user's are never touched.
world=$(mktemp -d /tmp/taskmux-try.XXXXXX)
unset TMUX TMUX_PANE TASKMUX_CONFIG TASKMUX_NAME TASKMUX_VERSION
mkdir "$world/home"
cp -R "$example" "$world/shop"
export HOME="$world/home" TMUX_TMPDIR="$world"
taskmux=$world/bin/taskmux

end() {
  cd "$world/shop"
  "$taskmux" kill >/dev/null 2>&1 || :
  tmux kill-server 2>/dev/null || :
  cd /
  remove "$world"
}

# What writes the logs may be there a moment longer, and make a file while its directory is being removed.
remove() {
  for _ in 1 2 3 4 5; do
    ! rm -rf "$1" 2>/dev/null || return 0
    sleep 1
  done
  rm -rf "$1"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

TASKMUX_BASE_URL="file://$release" TASKMUX_INSTALL_DIR="$world/bin" sh "$release/install.sh"
found=$("$taskmux" --version)
[ "$found" = "taskmux $version" ] || { echo "try-release: it is '$found', not taskmux $version" >&2; exit 1; }
cd "$world/shop"
"$taskmux" start --wait
"$taskmux" status
"$taskmux" logs -n 12
"$taskmux" stop
