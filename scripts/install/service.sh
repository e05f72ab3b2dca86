# Kernel settings, units, and the start.

apply_tuning() {
  if ! is_booted; then
    [ ! -e /etc/sysctl.d/90-callbox.conf ] || return 0
    said=$($COMMAND tune --apply --next-boot 2>&1) || die "$said" 'Correct that, or leave the kernel alone with --no-tune.'
    echo "$said" | sed 's/^/    /'
    return 0
  fi
  if $COMMAND tune --check >/dev/null 2>&1; then return 0; fi
  if said=$($COMMAND tune --apply 2>&1); then
    echo "$said" | sed 's/^/    /'
  else
    warn "the kernel settings stay as they are. $said"
  fi
}

enable_units() {
  wanted='callbox.service callbox-update-watch.service'
  if [ -n "$firewall" ]; then
    wanted="$wanted callbox-firewall.service"
    keep_firewall_options
  fi
  [ -z "$image" ] || [ -z "$tune" ] || wanted="$wanted callbox-tune.service"
  if [ -n "$console" ]; then
    wanted="$wanted callbox-console.service"
    systemctl --quiet disable getty@tty1.service
  fi
  for unit in $wanted; do
    systemctl --quiet is-enabled "$unit" >/dev/null 2>&1 || systemctl --quiet enable "$unit"
  done
  is_booted && [ -n "$start" ] || return 0
  if [ -n "$firewall" ]; then set_firewall; fi
  if [ -n "$console" ] && ! systemctl --quiet is-active callbox-console.service; then
    systemctl --no-block start callbox-console.service
  fi
}

keep_firewall_options() {
  [ -n "$ssh" ] || return 0
  options=$(mktemp)
  echo 'FIREWALL_OPTIONS=--ssh' >"$options"
  put 644 root "$options" $ETC/firewall.env
  rm -f "$options"
}

set_firewall() {
  if systemctl --quiet is-active callbox-firewall.service && [ -z "$changed" ]; then return 0; fi
  if systemctl restart callbox-firewall.service; then
    say 'the firewall is set; callbox firewall prints it'
    return 0
  fi
  systemctl --quiet disable callbox-firewall.service
  warn "the firewall is not set, and stays off: $($COMMAND firewall --apply ${ssh:+--ssh} 2>&1 | tr '\n' ' ')"
}

# Restarts only what changed, or runs another release still as an earlier run was cut short. One that does not become ready makes place for the release of before.
start_service() {
  if systemctl --quiet is-active callbox.service && [ -z "$changed" ] && [ "$(running_release)" = "$id" ]; then
    say 'running, and nothing changed'
    return 0
  fi
  began=$(date +%s)
  if systemctl restart callbox.service; then
    say "ready after $(($(date +%s) - began)) s"
    return 0
  fi
  printf '\nCallbox %s did not become ready. Its last lines:\n' "$id" >&2
  journalctl -q --no-pager -n 20 -o cat -u callbox.service |
    LC_ALL=C tr -d '\000-\010\013-\037\177' | sed 's/^/    /' >&2
  if [ -z "$previous" ] || [ "$previous" = "$id" ]; then
    systemctl stop callbox.service
    die 'It is installed and stopped.' 'Mend what the lines above say, then run this again.'
  fi
  switch_to "$previous"
  place_command
  place_units
  systemctl restart callbox.service || die "Release $previous does not start either." 'journalctl -u callbox tells why.'
  die "Release $previous is in use again, and ready." "What is wrong with $id is said above."
}

# A fact of the start. The service writes them: no link is followed, and nothing gets to the terminal that it would obey.
start_fact() {
  if [ ! -f $FACTS ] || [ -L $FACTS ]; then return 0; fi
  sed -n 's/^ *"'"$1"'": *"\([^"]*\)".*/\1/p' $FACTS | LC_ALL=C tr -cd '[:print:]'
}

tell_what_to_open() {
  step 'Done'
  if [ -z "$start" ] || ! is_booted; then
    say 'Callbox starts at the next boot, or with: systemctl start callbox'
    return 0
  fi
  link=$(start_fact setupLink)
  origin=$(start_fact publicOrigin)
  if [ -n "$link" ]; then
    say 'Set the admin password; the link works once:'
    say "  $bold$link$plain"
  else
    say "Admin page: $bold$origin/admin$plain"
  fi
  say "Configuration: $ETC/config.yaml; then systemctl restart callbox. What it says: journalctl -u callbox"
  say 'What others should know and do about this machine: callbox doctor'
  if [ -z "$firewall" ] && ! systemctl --quiet is-enabled callbox-firewall.service 2>/dev/null; then
    say 'Firewall: these ports have to be open, here and in front; callbox firewall prints rules, --firewall applies them:'
    $COMMAND firewall | sed -n 's/^\t*\(tcp\|udp\) dport { \(.*\) } accept comment "\(.*\)"/      \1 \2  (\3)/p'
  fi
}
