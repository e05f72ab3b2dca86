#!/bin/bash
# Takes out of a system what must be another one on each machine, and what an image need not carry.
set -euo pipefail
shopt -s nullglob dotglob

usage() {
  cat <<'USAGE'
usage: finish-image.sh ROOT             finishes the system in the folder ROOT (it does not run)
       finish-image.sh --this-machine   finishes the running system: the last step before it becomes an image
       finish-image.sh --check ROOT     changes nothing; names what is left of one machine, exit code 1 if there is any

Removed: machine id, SSH host keys and the keys of who built it, Callbox's own secrets, certificates, database and
backups, random seeds, network settings and state of cloud-init, logs, histories, leases, package lists and archives.
The next start makes its own. Kept: /etc/callbox, the release, the kernel settings.

  SOURCE_DATE_EPOCH   the time of the two marks that it writes (etc/.updated, var/.updated); default: now
USAGE
}

refuse() { echo "finish-image: $*" >&2; exit 2; }

mode=finish root=''
case ${1:-} in
  --help | -h) usage; exit ;;
  --this-machine) root=/ ;;
  --check) mode=check root=${2:-} ;;
  *) root=${1:-} ;;
esac
[ -n "$root" ] || { usage >&2; exit 2; }
[ -d "$root" ] || refuse "finds no folder $root"
root=$(realpath "$root")
if [ "$root" = / ] && [ "${1:-}" != --this-machine ] && [ $mode = finish ]; then
  refuse "would take this machine's keys and data; if that is meant: --this-machine"
fi
root=${root%/}
[ -e "$root/etc/os-release" ] || refuse "finds no system in $root (no etc/os-release)"

# Two machines with any of these in common could be taken for each other, or one could read what is the other's.
per_machine=(
  "$root"/var/lib/dbus/machine-id
  "$root"/etc/ssh/ssh_host_*
  "${root}/root"/.ssh/* "$root"/home/*/.ssh/*
  "$root"/var/lib/callbox/* "$root"/var/lib/callbox-update/* "$root"/var/lib/.callbox-re*
  "$root"/var/lib/systemd/random-seed "$root"/var/lib/systemd/credential.secret "$root"/boot/efi/loader/random-seed
  "$root"/var/lib/cloud/*
  "$root"/etc/netplan/50-cloud-init.yaml "$root"/etc/network/interfaces.d/50-cloud-init*
  "$root"/etc/systemd/network/*-cloud-init-*.network "$root"/etc/sudoers.d/90-cloud-init-users
  "$root"/var/lib/dhcp/*.leases "$root"/var/lib/NetworkManager/*.lease
)

# No machine needs these, and they differ from build to build.
litter=(
  "$root"/var/log/journal/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
  "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/var/cache/ldconfig/aux-cache
  "$root"/etc/{passwd,group,shadow,gshadow,subuid,subgid}-
  "${root}/root"/.{bash_history,wget-hsts,lesshst,viminfo,cache} "$root"/home/*/.bash_history
  "$root"/tmp/* "$root"/var/tmp/* "$root"/var/lib/systemd/timesync/clock
)

has_machine_id() {
  [ -s "$root/etc/machine-id" ] && [ "$(cat "$root/etc/machine-id")" != uninitialized ]
}

if [ $mode = check ]; then
  left=()
  for path in "${per_machine[@]}"; do
    if [ -e "$path" ] || [ -L "$path" ]; then left+=("$path"); fi
  done
  if has_machine_id; then left+=("$root/etc/machine-id"); fi
  [ ${#left[@]} -gt 0 ] || exit 0
  printf 'of one machine: %s\n' "${left[@]#"$root"}"
  exit 1
fi

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  # Whatever would write again: the appliance its secrets, the journal its files, the last boot's random seed.
  systemctl stop callbox-console.service callbox.service callbox-update-watch.service 2> /dev/null || true
  systemctl stop systemd-random-seed.service 2> /dev/null || true
  journalctl --flush --relinquish-var > /dev/null 2>&1 || true
  # The lists above were made before these had stopped.
  per_machine+=(/var/lib/callbox/* /var/lib/callbox-update/* /var/lib/systemd/random-seed)
fi

rm -rf -- "${per_machine[@]}" "${litter[@]}"
find "$root/var/log" -xdev -type f -delete 2> /dev/null || true
# Empty, as mmdebstrap leaves it, and not "uninitialized": that is a first boot to systemd as well, which then asks for
# a language on the console and enables every unit that was left disabled (machine-id(5), systemd.preset(5)).
: > "$root/etc/machine-id"
chmod 0444 "$root/etc/machine-id"
mkdir -p "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial"
# Spares the first start the units with ConditionNeedsUpdate (systemd-update-done.service(8)).
for folder in etc var; do
  printf 'finished as an image\n' > "$root/$folder/.updated"
  touch -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" "$root/$folder/.updated" "$root/$folder"
done
if [ -z "$root" ]; then
  fstrim --all 2> /dev/null || true
  sync
fi
