# What `packer init packer` fetches. A file of its own: Debian's Packer 1.6 has the plugins in it and does not know
# the block, so it is given callbox.pkr.hcl alone.
packer {
  required_plugins {
    qemu = {
      version = ">= 1.1.0"
      source  = "github.com/hashicorp/qemu"
    }
  }
}
