# Where everything lies, and how it gets there.

ROOT=/opt
HOME_OF_ALL=/opt/callbox
RELEASES=/opt/callbox/releases
CURRENT=/opt/callbox/current
COMMAND=/usr/local/bin/callbox
ETC=/etc/callbox
DATA=/var/lib/callbox
UPDATES=/var/lib/callbox-update
UNITS=/etc/systemd/system
FACTS=/run/callbox/start.json
LOCK=/run/callbox-install.lock
changed=''

# The first of several names of a package that is installed or can be: names changed with Debian 13.
package_named() {
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" != installed ] || return 0
  done
  for name in "$@"; do
    apt-cache show "$name" >/dev/null 2>&1 || continue
    echo "$name"
    return 0
  done
  echo "$1"
}

missing_packages() {
  package_named libstdc++6
  package_named libatomic1
  package_named libuv1 libuv1t64
  package_named libssl3 libssl3t64
  package_named zstd
  [ -z "$firewall" ] || package_named nftables
}

install_packages() {
  if ! command -v apt-get >/dev/null; then
    warn 'no apt-get: libstdc++, libatomic, libuv, OpenSSL 3, zstd and nftables are for you to install'
    return 0
  fi
  wanted=$(missing_packages)
  if [ -z "$wanted" ]; then
    say 'all there'
    return 0
  fi
  say "installing $(echo "$wanted" | tr '\n' ' ')"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null || warn 'apt-get update failed; going on with the lists that are there'
  wanted=$(missing_packages)
  apt-get install -y -q --no-install-recommends $wanted >/dev/null ||
    die "apt-get could not install: $(echo "$wanted" | tr '\n' ' ')" 'Install them by hand, then run this again.'
}

make_user() {
  getent passwd callbox >/dev/null && return 0
  useradd --system --user-group --home-dir $DATA --no-create-home --shell /usr/sbin/nologin callbox
  say 'made the user callbox'
}

make_folders() {
  folder root root 755 $HOME_OF_ALL
  folder root root 755 $RELEASES
  folder root callbox 750 $ETC
  folder callbox callbox 700 $DATA
  folder root root 700 $UPDATES
  folder root root 700 $UPDATES/backups
}

folder() {
  if [ "$(stat -c '%a %U:%G' "$4" 2>/dev/null)" = "$3 $1:$2" ]; then return 0; fi
  install -d -m "$3" -o "$1" -g "$2" "$4"
}

place_release() {
  if [ -d "$RELEASES/$id" ]; then
    say 'already there'
    return 0
  fi
  check_space
  draft=$RELEASES/.$id.new
  rm -rf $RELEASES/.*.new
  cp -a "$tree" "$draft"
  chown -R root:root "$draft"
  chmod -R u=rwX,go=rX "$draft"
  touch "$draft"
  sync -f "$draft"
  mv "$draft" "$RELEASES/$id"
  say "copied ($(du -sm "$RELEASES/$id" | cut -f 1) MiB)"
}

# The id of the release in use; empty before the first.
current_release() { if [ -L $CURRENT ]; then basename "$(readlink $CURRENT)"; fi; }

# The id of the release whose program the service runs; empty where it runs none that is here.
running_release() {
  program=$(readlink "/proc/$(systemctl show --property MainPID --value callbox.service 2>/dev/null)/exe") || return 0
  program=${program#"$(readlink -f $RELEASES)/"}
  case $program in /*) return 0 ;; esac
  if [ -d "$RELEASES/${program%%/*}" ]; then echo "${program%%/*}"; fi
}

switch_to() {
  [ "$(current_release)" != "$1" ] || return 0
  ln -sfn "releases/$1" $CURRENT.new
  mv -T $CURRENT.new $CURRENT
  changed=yes
}

place_config() {
  [ ! -e $ETC/config.yaml ] || return 0
  if [ -n "$image" ]; then template=config-image.yaml; else template=config.yaml; fi
  put 640 callbox "$RELEASES/$id/scripts/install/$template" $ETC/config.yaml
  echo "$template" >$ETC/.template
}

place_command() { put 755 root $CURRENT/scripts/install/callbox.sh $COMMAND; }

place_units() {
  for unit in "$CURRENT"/scripts/install/units/*; do
    put 644 root "$unit" "$UNITS/${unit##*/}"
  done
  is_booted || return 0
  # A run before this one may have been cut short when it had written them.
  [ "$(systemctl show --property NeedDaemonReload --value callbox.service)" != yes ] || changed=yes
  [ -z "$changed" ] || systemctl daemon-reload
}

# All but the release in use and the two that were installed last before it.
prune_releases() {
  find $RELEASES -mindepth 1 -maxdepth 1 ! -name "$(current_release)" ! -name '*.new' -printf '%T@ %f\n' |
    sort -rn | tail -n +3 | cut -d ' ' -f 2 | while read -r old; do
    rm -rf "${RELEASES:?}/$old"
    say "removed the old release $old"
  done
}
