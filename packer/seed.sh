#!/bin/sh
# Makes what cloud-init of a Packer build is given: packer/seed.sh FOLDER. The key is for this build; finish-image.sh
# takes it out of the image.
set -eu

folder=${1:?usage: packer/seed.sh FOLDER}
command -v ssh-keygen > /dev/null || { echo 'seed: needs ssh-keygen (Debian package openssh-client)' >&2; exit 2; }
umask 077
mkdir -p "$folder"
rm -f "$folder/key" "$folder/key.pub"
ssh-keygen -q -t ed25519 -N '' -C packer-build -f "$folder/key"
cat > "$folder/user-data" <<DATA
#cloud-config
disable_root: false
ssh_pwauth: false
users: []
ssh_authorized_keys:
  - $(cat "$folder/key.pub")
runcmd: # a Callbox image has set its firewall, without SSH, before there was a key; it sets it again by itself
  - nft delete table inet callbox || true
DATA
cat > "$folder/meta-data" <<DATA
instance-id: packer-$(date +%s)
local-hostname: callbox
DATA
