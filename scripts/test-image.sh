#!/bin/sh
# Builds the VM image from this tree and tries it in a virtual machine, from the first boot to a broken update.
set -eu
case ${1:-} in
  -h | --help)
    cat <<'TEXT'
scripts/test-image.sh: builds the image, boots it under QEMU, and tries all that an admin does with it

It needs root (network namespaces, files of many owners) and installs the Debian packages that it lacks. It takes about
twenty minutes on two cores without KVM; the last line is `N passed, N failed, N skipped`, and how long each
thing took comes on standard error. The image stays in dist/image. npm test tries the first half of it.

CALLBOX_BUNDLE, CALLBOX_IMAGE, CALLBOX_OVA   an unpacked release bundle, the qcow2 and the OVA of it, to build none
TEXT
    exit 0
    ;;
  '') ;;
  *)
    echo "There is no option $1. See scripts/test-image.sh --help." >&2
    exit 2
    ;;
esac
cd "$(dirname "$0")/.."
status=0
CALLBOX_IMAGE_STEPS=all node scripts/test.mjs scripts/image/image.vm.test.ts || status=$?
cat dist/image-measured.txt >&2 || true
exit $status
