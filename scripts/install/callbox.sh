#!/bin/sh
# The command of an installed Callbox: runs the release in use with the Node that it brings.
release=$(readlink -f /opt/callbox/current)
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
node=$release/node_modules/node-linux-$arch/bin/node
export CALLBOX_DATA_DIR="${CALLBOX_DATA_DIR:-/var/lib/callbox}"
export MEDIASOUP_WORKER_BIN="${MEDIASOUP_WORKER_BIN:-$release/mediasoup-worker}"
as=''
if [ "$(id -u)" = 0 ]; then
  case ${1:-start} in
    # A second one, and as root, is never meant.
    start | --config* | --data-dir*)
      case " $* " in
        *' --help '* | *' -h '*) ;;
        *) echo 'Callbox runs as a service: systemctl start callbox. Commands: callbox --help' >&2; exit 1 ;;
      esac
      ;;
    # What these write belongs to the service. They have a session of their own: a program of the service's user that has
    # root's terminal, or that another of that user's gets into, can type on it (TIOCSTI).
    admin | turn-credentials)
      as='setsid --wait setpriv --reuid callbox --regid callbox --init-groups --no-new-privs'
      ;;
  esac
fi
# Node reads TypeScript with a program in WebAssembly. Compiling that a second time, better, costs more than it
# brings, and on slow machines V8 14 was seen to abort in it (ThreadIsolation::StartOfJitAllocationAt).
# shellcheck disable=SC2086 # several words, or none
exec $as "$node" --liftoff-only "$release/appliance/main.ts" "$@"
