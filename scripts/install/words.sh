# What the installer says, and how.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi

step() { printf '%s==> %s%s\n' "$bold" "$1" "$plain"; }

say() { printf '    %s\n' "$*"; }

warn() { printf '    ! %s\n' "$*" >&2; }

# die PROBLEM FIX
die() {
  printf '\n%s\n%s\n' "$1" "$2" >&2
  exit 1
}

# refuse PROBLEM FIX: as die, unless --force was given.
refuse() {
  [ -n "$force" ] || die "$1" "$2"
  warn "$1 (--force: going on)"
}

# Does what install(1) does, and notes that something changed, only where FILE is not so already: put MODE GROUP FROM FILE
put() {
  if cmp -s "$3" "$4" && [ "$(stat -c '%a %U:%G' "$4")" = "$1 root:$2" ]; then return 0; fi
  install -m "$1" -o root -g "$2" "$3" "$4"
  changed=yes
  say "wrote $4"
}

# Waits for a line that begins with y.
confirm() {
  printf '%s [y/N] ' "$1"
  read -r answer || answer=''
  case $answer in [yY]*) ;; *) die 'Nothing is changed.' 'Answer y, or give --yes.' ;; esac
}
