#!/bin/sh
# Turns a Debian or Ubuntu host into a Callbox, brings it to another release, or takes it away again.
set -eu

help() {
  cat <<'TEXT'
install.sh [options]: turns this host into a Callbox. Run it as root, from an unpacked release or a checkout.
A second run changes nothing; from a newer release it updates, and goes back if that does not start.

  --firewall     let Callbox own the firewall: exactly its ports are open (callbox firewall prints the rules)
  --ssh          with --firewall: leave SSH open, also while no key is authorised
  --console      show the status and menu of callbox console on tty1 instead of a login
  --image        as in the virtual machine image: web pages on 443 and 80 in a new configuration, and kernel settings
                 looked after at each boot
  --no-tune      leave the kernel settings alone (callbox tune --apply sets them)
  --no-start     install and enable, and start nothing
  --force        go on where a check refuses: another distribution, too little space
  --uninstall    take everything away: service, user, configuration, data, kernel settings, firewall
  --keep-data    with --uninstall: leave /etc/callbox, /var/lib/callbox, the backups and the user
  --yes          with --uninstall: do not ask
  --help         show this
TEXT
}

main() {
  firewall='' ssh='' console='' image='' tune=yes start=yes force='' uninstall='' keep_data='' yes=''
  while [ $# -gt 0 ]; do
    case $1 in
      --firewall) firewall=yes ;;
      --ssh) ssh=yes ;;
      --console) console=yes ;;
      --image) image=yes ;;
      --no-tune) tune='' ;;
      --no-start) start='' ;;
      --force) force=yes ;;
      --uninstall) uninstall=yes ;;
      --keep-data) keep_data=yes ;;
      --yes) yes=yes ;;
      --help | -h) help; exit 0 ;;
      *) help >&2; printf '\nThere is no option %s.\n' "$1" >&2; exit 2 ;;
    esac
    shift
  done
  here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
  tree=$(dirname -- "$here")
  parts=$here/install
  . "$parts/words.sh"
  . "$parts/checks.sh"
  . "$parts/places.sh"
  . "$parts/service.sh"
  . "$parts/uninstall.sh"
  umask 022
  cd /
  check_root
  take_lock
  if [ -n "$uninstall" ]; then uninstall_all; else install_all; fi
}

install_all() {
  step 'Checking this host'
  check_host
  check_update
  find_release
  step "Packages"
  install_packages
  check_programs
  step "Callbox $id in $RELEASES"
  make_user
  make_folders
  place_release
  check_config
  step 'Configuration, command and units'
  previous=$(running_release)
  [ -n "$previous" ] || previous=$(current_release)
  place_config
  switch_to "$id"
  place_command
  place_units
  [ -z "$tune" ] || apply_tuning
  enable_units
  if [ -n "$start" ] && is_booted; then
    step 'Start'
    start_service
  fi
  prune_releases
  tell_what_to_open
}

main "$@"
exit
