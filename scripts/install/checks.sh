# Whether this host can be a Callbox.

check_root() {
  [ "$(id -u)" = 0 ] || die 'The installer needs root.' "Run it with sudo: sudo $here/install.sh"
}

# Two installers at once would take each other's folders away.
take_lock() {
  exec 9>$LOCK
  flock -n 9 || die 'Another installer is running.' 'Wait until it has ended.'
  # So would an update, a restore and a factory reset, which hold this one; the first of them makes it.
  if [ -e $UPDATES/lock ]; then
    exec 8<$UPDATES/lock
    flock -n 8 || die 'callbox update, restore or factory-reset is under way.' 'Wait until it has ended.'
  fi
  built=''
  trap clean_up EXIT
}

clean_up() {
  rm -f $LOCK
  [ -z "$built" ] || rm -rf "$built"
}

is_booted() { [ -d /run/systemd/system ]; }

check_host() {
  distribution='' version_id='' pretty=''
  if [ -r /etc/os-release ]; then
    distribution=$(. /etc/os-release; echo "${ID:-}")
    version_id=$(. /etc/os-release; echo "${VERSION_ID:-}")
    pretty=$(. /etc/os-release; echo "${PRETTY_NAME:-}")
  fi
  case $distribution-$version_id in
    debian-12 | debian-13 | ubuntu-22.04 | ubuntu-24.04 | ubuntu-26.04) ;;
    *) refuse "This is ${pretty:-an unknown system}; Callbox is made for Debian 12 and 13 and Ubuntu LTS." \
      'Take one of those, or give --force.' ;;
  esac
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) die "There is no Callbox for $(uname -m)." 'Take an x86_64 or arm64 machine.' ;;
  esac
  command -v systemctl >/dev/null || die 'There is no systemd here.' 'Callbox runs as a systemd service.'
  say "$pretty, $arch$(is_booted || echo ', not booted: everything begins at the next boot')"
}

# Sets id, and tree to a whole release; a checkout is built into one first.
find_release() {
  if [ ! -f "$tree/release.json" ]; then build_release; fi
  id=$(release_fact "$tree" id)
  case $id in '' | .* | *[!A-Za-z0-9._+-]*) die "$tree/release.json names no release." 'Unpack the release again.' ;; esac
  release_arch=$(release_fact "$tree" arch)
  [ "$release_arch" = "$arch" ] ||
    die "This release is for $release_arch, and the machine is $arch." 'Take the release for this machine.'
}

# A fact of release.json, which is written with one on a line: release_fact TREE NAME
release_fact() { sed -n 's/^ *"'"$2"'": *"\([^"]*\)".*/\1/p' "$1/release.json"; }

build_release() {
  build=$tree/scripts/release/build.ts
  node=$(node_of "$tree")
  if [ ! -f "$build" ] || [ ! -x "$node" ]; then
    die "$tree is neither an unpacked release nor a checkout with its packages." 'In a checkout, run npm start once.'
  fi
  say 'building a release from the checkout'
  built=$(mktemp -d)
  tree=$("$node" "$build" --no-archive --out "$built" | tail -n 1)
  [ -f "$tree/release.json" ] || die 'The release could not be built.' 'See above.'
}

node_of() { echo "$1/node_modules/node-linux-$arch/bin/node"; }

check_space() {
  needed=$(($(du -sk "$tree" | cut -f 1) + 204800))
  free=$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$needed" ] ||
    refuse "$ROOT has $((free / 1024)) MiB free, and $((needed / 1024)) MiB are needed." 'Make room.'
}

# The programs of the release run here: its Node, and the media worker, which says 41 when it is started alone.
check_programs() {
  node=$(node_of "$tree")
  missing=$(ldd "$node" "$tree/mediasoup-worker" 2>/dev/null | sed -n 's/^\s*\(.*\) => not found/\1/p' | sort -u | tr '\n' ' ')
  [ -z "$missing" ] || die "These libraries are missing: $missing" \
    'The release was built for another system: take the one for this, or run the installer from a checkout.'
  "$node" --version >/dev/null || die "$node does not run here." 'Is the release whole, and for this system?'
  status=0
  env -u MEDIASOUP_VERSION "$tree/mediasoup-worker" >/dev/null 2>&1 || status=$?
  [ "$status" = 41 ] || die "The media worker does not start here (exit code $status)." \
    'The release was built for another system: take the one for this, or run the installer from a checkout.'
}

# An update that is not confirmed may still go back by itself.
check_update() {
  [ ! -e $UPDATES/pending.json ] ||
    die 'An update is under way.' 'callbox update --status tells; systemctl start callbox-update-watch ends it.'
}

check_config() {
  [ -e "$ETC/config.yaml" ] || return 0
  new=$RELEASES/$id
  "$(node_of "$new")" "$new/appliance/main.ts" config check --config "$ETC/config.yaml" >/dev/null ||
    die "Release $id does not take $ETC/config.yaml (above); nothing is changed." 'Mend the configuration and run this again.'
}
