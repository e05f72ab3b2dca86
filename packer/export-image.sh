#!/bin/bash
# Turns a raw disk image into the files that hypervisors take. What is the same on every run: packer/README.md.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: packer/export-image.sh [options] RAW OUTDIR NAME

Writes OUTDIR/NAME.<format> for each format, and OUTDIR/SHA256SUMS of what it wrote.

  RAW     the raw disk image        NAME    letters, digits and . _ + - only

  --formats LIST    comma-separated; default qcow2,raw.zst,vmdk,ova,vhdx
                      qcow2     KVM, libvirt, Proxmox (compressed with zstd: QEMU 5.1 or newer)
                      raw.zst   dd to a disk, clouds
                      vmdk      the disk of the OVA alone
                      ova       VMware, VirtualBox, Proxmox
                      vhdx      Hyper-V
  --version TEXT    the version named in the OVA; default: the one in package.json
  --firmware KIND   what the OVA asks VMware for: efi (default) or bios; the disk boots with both
  --no-verify       do not compare each file with RAW when it is written, which doubles the time
  --help

  SOURCE_DATE_EPOCH   the time of the files in the OVA; default: when RAW was last written
  ZSTD_LEVEL          for raw.zst; default 9
  MINISIGN_KEY        file of a minisign secret key without password: signs SHA256SUMS
USAGE
}

refuse() { echo "export-image: $*" >&2; exit 2; }
needs() { command -v "$1" > /dev/null || refuse "needs $1 (Debian package $2)"; }

formats=qcow2,raw.zst,vmdk,ova,vhdx version='' firmware=efi verify=1
places=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit ;;
    --formats) formats=${2:?a list of formats}; shift ;;
    --version) version=${2:?a version}; shift ;;
    --firmware) firmware=${2:?efi or bios}; shift ;;
    --no-verify) verify='' ;;
    -*) refuse "does not know $1; see --help" ;;
    *) places+=("$1") ;;
  esac
  shift
done
[ ${#places[@]} = 3 ] || { usage >&2; exit 2; }
raw=${places[0]} out=${places[1]} name=${places[2]}
here=$(cd "$(dirname "$0")" && pwd)
version=${version:-$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$here/../package.json")}

[ -f "$raw" ] || refuse "finds no raw image at $raw"
plain='^[A-Za-z0-9][A-Za-z0-9._+-]*$'
[[ $name =~ $plain ]] || refuse "takes a NAME of letters, digits and . _ + - only, not '$name'"
[[ $version =~ $plain ]] || refuse "takes a version of letters, digits and . _ + - only, not '$version'"
[[ $firmware =~ ^(efi|bios)$ ]] || refuse "knows the firmware efi and bios, not '$firmware'"
IFS=, read -ra wanted <<< "$formats"
for format in "${wanted[@]}"; do
  [[ $format =~ ^(qcow2|raw\.zst|vmdk|ova|vhdx)$ ]] || refuse "does not know the format '$format'; see --help"
done
capacity=$(stat -c %s "$raw")
[ $((capacity % 1048576)) = 0 ] || refuse "takes a raw image of whole MiB; $raw has $capacity bytes"
needs qemu-img qemu-utils
needs zstd zstd
[ -z "${MINISIGN_KEY:-}" ] || needs minisign minisign
node=$(find "$here"/../node_modules/node-linux-*/bin/node 2> /dev/null | head -n 1 || true)
node=${node:-node}
"$node" -e 'process.exit(process.features.typescript ? 0 : 1)' 2> /dev/null ||
  refuse "needs Node 22.18 or newer: run npm ci --ignore-scripts first"

epoch=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$raw")}
mkdir -p "$out"
work=$(mktemp -d "$out/.export.XXXXXX")
trap 'rm -rf "$work"' EXIT
written=()

say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

is_wanted() { [[ " ${wanted[*]} " == *" $1 "* ]]; }

# keep FILE: it is complete.
keep() {
  mv "$work/$1" "$out/$1"
  written+=("$1")
  say "$1  $(($(stat -c %s "$out/$1") / 1024)) KiB"
}

fail() { echo "export-image: $*" >&2; exit 1; }

same_as_raw() {
  [ -z "$verify" ] || qemu-img compare -q -f raw -F "$1" "$raw" "$work/$2" ||
    fail "$2 does not hold the same disk as $raw"
}

make_qcow2() {
  qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd "$raw" "$work/$name.qcow2"
  same_as_raw qcow2 "$name.qcow2"
  keep "$name.qcow2"
}

make_raw_zst() {
  zstd -q -T0 "-${ZSTD_LEVEL:-9}" --no-progress < "$raw" > "$work/$name.raw.zst"
  # It has a checksum of what went in.
  [ -z "$verify" ] || zstd -q -t < "$work/$name.raw.zst" || fail "$name.raw.zst cannot be unpacked"
  keep "$name.raw.zst"
}

make_vmdk() {
  "$node" "$here/stream-vmdk.ts" "$raw" "$work/$name.vmdk"
  same_as_raw vmdk "$name.vmdk"
}

make_ova() {
  sed -e "s/@NAME@/$name/g" -e "s/@VERSION@/$version/g" -e "s/@CAPACITY@/$capacity/g" \
    -e "s/@FIRMWARE@/$firmware/g" -e "s/@SIZE@/$(stat -c %s "$work/$name.vmdk")/g" \
    "$here/appliance.ovf" > "$work/$name.ovf"
  (cd "$work" && for file in "$name.ovf" "$name.vmdk"; do
    echo "SHA256($file)= $(sha256sum < "$file" | cut -d ' ' -f 1)"
  done > "$name.mf")
  # The order is the standard's: descriptor, manifest, disks (DSP0243 5.3).
  tar -C "$work" --format=ustar --owner=0 --group=0 --numeric-owner --mode=0644 --mtime="@$epoch" \
    -cf "$work/$name.ova" "$name.ovf" "$name.mf" "$name.vmdk"
  "$node" "$here/check-ova.ts" "$work/$name.ova"
  keep "$name.ova"
}

make_vhdx() {
  # Blocks of 1 MiB: ext4 writes to many places, and each would cost a block.
  qemu-img convert -f raw -O vhdx -o subformat=dynamic,block_size=1M "$raw" "$work/$name.vhdx"
  "$node" "$here/fix-vhdx.ts" "$work/$name.vhdx"
  same_as_raw vhdx "$name.vhdx"
  keep "$name.vhdx"
}

say "$raw  $((capacity / 1048576)) MiB"
if is_wanted qcow2; then make_qcow2; fi
if is_wanted raw.zst; then make_raw_zst; fi
if is_wanted vmdk || is_wanted ova; then make_vmdk; fi
if is_wanted ova; then make_ova; fi
if is_wanted vmdk; then keep "$name.vmdk"; fi
if is_wanted vhdx; then make_vhdx; fi
(cd "$out" && sha256sum "${written[@]}" > SHA256SUMS)
if [ -n "${MINISIGN_KEY:-}" ]; then
  minisign -S -s "$MINISIGN_KEY" -m "$out/SHA256SUMS" -t "$name" -c 'Callbox image' > /dev/null < /dev/null
  say "SHA256SUMS, SHA256SUMS.minisig"
else
  rm -f "$out/SHA256SUMS.minisig"
  say "SHA256SUMS (not signed: MINISIGN_KEY is not set)"
fi
