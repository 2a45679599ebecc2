#!/bin/sh
# Guess: a file /boot/vmlinux-VERSION is the kernel's ELF file, as everywhere (a compressed boot image is called vmlinuz).
# Behaviour: Debian's riscv64 package installs the flat boot image under that name: it begins with "MZ" (it is an EFI program as well), has
#   "RSC\5" at byte 56, and 0x200000, where to load it behind the start of RAM, at byte 8. Tools that want symbols or sections of it, or
#   a loader that goes by the name, find no ELF header.
# Version: Linux 6.12.117 (Debian 13, linux-image-6.12.117+deb13-riscv64 6.12.117-1).
# Source: Debian's kernel packaging names the image by architecture, "vmlinux" where it is not compressed, and takes arch/riscv/boot/Image;
#   the header is Documentation/arch/riscv/boot-image-header.rst.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

debian riscv64
unpack "$work/root" linux-image-6.12.117+deb13-riscv64=6.12.117-1

# bytes OFFSET COUNT: as hexadecimal digits
bytes() { od -An -v -tx1 -j "$1" -N "$2" "$work/root/boot/vmlinux-6.12.117+deb13-riscv64" | tr -d ' \n'; }

expect 'the first two bytes (an ELF file has 7f 45)' 4d5a "$(bytes 0 2)"
expect 'load offset, little-endian' 0000200000000000 "$(bytes 8 8)"
expect 'the magic at byte 56' 52534305 "$(bytes 56 4)"
confirmed 'the file called vmlinux is the flat boot image'
