# Takes away what the installer brought; packages stay.

uninstall_all() {
  [ -e $HOME_OF_ALL ] || [ -e $ETC ] || [ -e $DATA ] || [ -e $UNITS/callbox.service ] || {
    echo 'Callbox is not installed here.'
    exit 0
  }
  if [ -z "$yes" ]; then
    if [ -n "$keep_data" ]; then what='Configuration and data stay.'; else
      what="Configuration, secrets and data go too; callbox backup saves them."; fi
    confirm "Take Callbox away from this host? $what"
  fi
  step 'Stopping'
  stop_units
  step 'Kernel settings and firewall of before'
  if [ -x $COMMAND ]; then
    $COMMAND tune --revert 2>&1 | sed 's/^/    /'
    if command -v nft >/dev/null; then $COMMAND firewall --revert 2>&1 | sed 's/^/    /'; fi
  fi
  step 'Removing'
  rm -f $UNITS/callbox.service $UNITS/callbox-*.service $UNITS/callbox-*.path $COMMAND
  rm -rf $UNITS/callbox.service.d
  rm -rf $HOME_OF_ALL
  if is_booted; then
    systemctl daemon-reload
    systemctl reset-failed 'callbox*' 2>/dev/null || true
  fi
  if [ -n "$keep_data" ]; then
    find $UPDATES -mindepth 1 -maxdepth 1 ! -name backups -exec rm -rf {} +
    say "left: $ETC, $DATA, $UPDATES/backups and the user callbox, whose files they are"
  else
    # A restore or a reset that was cut short leaves data beside the data.
    rm -rf $ETC $DATA $UPDATES /var/lib/.callbox-re*
    if getent passwd callbox >/dev/null; then userdel callbox; fi
  fi
  step 'Done'
  say 'Debian packages that were installed stay: libraries, zstd, nftables.'
}

stop_units() {
  had_console=''
  if systemctl --quiet is-enabled callbox-console.service 2>/dev/null; then had_console=yes; fi
  for unit in callbox-update-watch.service callbox-console.service callbox-firewall-follow.path callbox-firewall-follow.service \
    callbox.service callbox-tune.service callbox-firewall.service; do
    [ -e "$UNITS/$unit" ] || continue
    if is_booted; then systemctl stop "$unit"; fi
    systemctl --quiet disable "$unit"
  done
  if [ -n "$had_console" ]; then
    systemctl --quiet enable getty@tty1.service
    if is_booted; then systemctl --no-block start getty@tty1.service; fi
  fi
}
