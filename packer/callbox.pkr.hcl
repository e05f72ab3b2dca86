# Makes a Callbox image of a cloud image of Debian, or customizes a finished Callbox image, in a virtual machine:
# the same installer and the same finish as packer/build-image.sh. Debian 12's Packer 1.6 takes this one file:
#
#   packer/seed.sh dist/seed
#   packer build -var source_image=… -var source_checksum=… -var bundle=… -var seed=dist/seed packer/callbox.pkr.hcl
#
# With Packer 1.7 and newer: packer init packer && packer build … packer

variable "source_image" {
  type        = string
  description = "A qcow2 image with cloud-init: path or URL of Debian's \"generic\" cloud image, or of a Callbox image."
}

variable "source_checksum" {
  type        = string
  description = "Such as sha512:…, or file:URL-OF-SHA512SUMS; \"none\" only for a file that is your own."
}

variable "bundle" {
  type        = string
  description = "A release: callbox-….tar.zst."
}

variable "seed" {
  type        = string
  description = "The folder that packer/seed.sh made: user-data, meta-data and the key to log in for the build."
}

variable "name" {
  type    = string
  default = "callbox"
}

variable "output" {
  type        = string
  default     = "dist/packer"
  description = "A folder that is not there yet."
}

variable "accelerator" {
  type        = string
  default     = "kvm"
  description = "The value tcg needs no hardware and takes about ten times as long."

  validation {
    condition     = contains(["kvm", "tcg"], var.accelerator)
    error_message = "The accelerator is kvm or tcg."
  }
}

variable "install_options" {
  type        = string
  default     = ""
  description = "More options of scripts/install.sh, such as --no-start where tcg would take too long to start it."
}

variable "disk_size" {
  type    = string
  default = "8192M"
}

variable "ssh_timeout" {
  type    = string
  default = "15m"
}

source "qemu" "callbox" {
  iso_url          = var.source_image
  iso_checksum     = var.source_checksum
  disk_image       = true
  disk_size        = var.disk_size
  disk_compression = true
  format           = "qcow2"
  output_directory = var.output
  vm_name          = "${var.name}.qcow2"

  accelerator    = var.accelerator
  cpus           = 2
  memory         = 2048
  disk_interface = "virtio"
  disk_discard   = "unmap" # finish-image.sh trims: what was deleted is not in the image
  net_device     = "virtio-net"
  headless       = true

  # NoCloud: cloud-init reads the disc with this label.
  cd_files = ["${var.seed}/user-data", "${var.seed}/meta-data"]
  cd_label = "cidata"

  ssh_username         = "root"
  ssh_private_key_file = "${var.seed}/key"
  ssh_timeout          = var.ssh_timeout

  # The way in is for this machine only; and what the guest says on its console is kept.
  qemuargs = [
    ["-netdev", "user,id=user.0,hostfwd=tcp:127.0.0.1:{{ .SSHHostPort }}-:22"],
    ["-serial", "file:${var.seed}/console.log"],
  ]

  # In one command, as the finish takes away the key that a second one would need.
  shutdown_command = "bash /var/tmp/finish-image.sh --this-machine && systemctl poweroff"
  shutdown_timeout = "10m"

  # UEFI, with Packer 1.8 and newer (the disk boots with BIOS as well):
  #   efi_boot          = true
  #   efi_firmware_code = "/usr/share/OVMF/OVMF_CODE_4M.fd"
  #   efi_firmware_vars = "/usr/share/OVMF/OVMF_VARS_4M.fd"
}

build {
  sources = ["source.qemu.callbox"]

  provisioner "file" {
    source      = var.bundle
    destination = "/var/tmp/callbox.tar.zst"
  }

  provisioner "file" {
    source      = "${path.root}/finish-image.sh"
    destination = "/var/tmp/finish-image.sh"
  }

  provisioner "shell" {
    inline = [
      "set -eu",
      "cloud-init status --wait > /dev/null || true",
      "command -v zstd > /dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends zstd; }",
      "mkdir -p /var/tmp/bundle",
      "tar --zstd -xf /var/tmp/callbox.tar.zst -C /var/tmp/bundle --strip-components=1",
      "/var/tmp/bundle/scripts/install.sh --image --firewall --console ${var.install_options}",
      "rm -rf /var/tmp/bundle /var/tmp/callbox.tar.zst",
    ]
  }

  post-processors {
    post-processor "checksum" {
      checksum_types = ["sha256"]
      output         = "${var.output}/${var.name}.{{ .ChecksumType }}"
    }
    post-processor "manifest" {
      output     = "${var.output}/${var.name}.manifest.json"
      strip_path = true
    }
  }
}
