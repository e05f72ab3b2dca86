#!/bin/bash
# Makes a bootable raw disk out of a root file system's archive: GPT with GRUB for BIOS, and shim with Debian's
# signed GRUB for UEFI and Secure Boot. It runs in the tools' chroot: no loop device, no mount of the image.
# usage: assemble-disk.sh FOLDER DISK_MB ; FOLDER holds root.tar and gets disk.raw
set -euo pipefail
cd "$1"
disk_mb=$2
esp_mb=64
: "${SOURCE_DATE_EPOCH:?}"
export LC_ALL=C.UTF-8 TZ=UTC

# Identifiers that are the same in each build of the same thing; a first boot gives the machine its own id.
identifier() {
  local hex
  hex=$(printf 'callbox image %s' "$1" | sha256sum | cut -c1-32)
  echo "${hex:0:8}-${hex:8:4}-5${hex:13:3}-8${hex:17:3}-${hex:20:12}"
}

sector() { echo $(($1 * 2048)); } # of a MiB
bios=$(sector 1)
esp=$(sector 2)
root=$(sector $((2 + esp_mb)))
root_mb=$((disk_mb - esp_mb - 3))

# Features that GRUB of every Debian since 12 reads.
mke2fs -q -t ext4 -L callbox-root -U "$(identifier root)" -m 1 -O '^metadata_csum_seed,^orphan_file' \
  -E "hash_seed=$(identifier hash),root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0" \
  -d root.tar root.img "${root_mb}M"

truncate -s "${esp_mb}M" esp.img
mkfs.vfat -F 32 -n ESP -i "$(identifier esp | cut -c1-8)" --invariant esp.img >/dev/null
cat >early.cfg <<'CFG'
search --no-floppy --label callbox-root --set=root
set prefix=($root)/boot/grub
configfile /boot/grub/grub.cfg
CFG
touch -d "@$SOURCE_DATE_EPOCH" early.cfg
export MTOOLS_SKIP_CHECK=1
mmd -i esp.img ::/EFI ::/EFI/BOOT ::/EFI/debian
signed=/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
mcopy -m -i esp.img /usr/lib/shim/shimx64.efi.signed ::/EFI/BOOT/BOOTX64.EFI
mcopy -m -i esp.img /usr/lib/shim/mmx64.efi.signed ::/EFI/BOOT/mmx64.efi
mcopy -m -i esp.img "$signed" ::/EFI/BOOT/grubx64.efi
mcopy -m -i esp.img early.cfg ::/EFI/debian/grub.cfg

grub-mkimage -O i386-pc -p /boot/grub -c early.cfg -o core.img \
  part_gpt ext2 search search_label normal configfile linux gzio zstd echo test ls serial terminal \
  reboot halt boot biosdisk
cp /usr/lib/grub/i386-pc/boot.img boot.img

rm -f disk.raw
truncate -s "${disk_mb}M" disk.raw
sgdisk -a1 -o -U "$(identifier disk)" \
  -n "1:$bios:$((esp - 1))" -t 1:ef02 -c 1:bios -u "1:$(identifier part1)" \
  -n "2:$esp:$((root - 1))" -t 2:ef00 -c 2:ESP -u "2:$(identifier part2)" \
  -n "3:$root:$((root + $(sector "$root_mb") - 1))" -t 3:8304 -c 3:root -u "3:$(identifier part3)" \
  disk.raw >/dev/null

# What grub-bios-setup would write, which wants a device: where the core image lies (boot.img, 0x5c) and
# goes on (its own first sector, 0x1f4), and no trust in the drive number that the BIOS tells (0x66).
put_sector() { # file offset number
  local byte number=$3
  for byte in 0 1 2 3 4 5 6 7; do
    printf '%b' "\\x$(printf %02x $((number >> (8 * byte) & 255)))"
  done | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}
put_sector boot.img 0x5c "$bios"
put_sector core.img 0x1f4 $((bios + 1))
printf '\x90\x90' | dd of=boot.img bs=1 seek=$((0x66)) conv=notrunc status=none
[ "$(stat -c %s core.img)" -le $((1024 * 1024)) ] || { echo 'GRUB does not fit its partition' >&2; exit 1; }
dd if=boot.img of=disk.raw bs=440 count=1 conv=notrunc status=none
dd if=core.img of=disk.raw bs=512 seek="$bios" conv=notrunc status=none
printf '\x80' | dd of=disk.raw bs=1 seek=446 conv=notrunc status=none # some BIOSes want an active partition
dd if=esp.img of=disk.raw bs=1M seek=2 conv=notrunc,sparse status=none
dd if=root.img of=disk.raw bs=1M seek=$((2 + esp_mb)) conv=notrunc,sparse status=none
rm -f root.img esp.img early.cfg core.img boot.img
