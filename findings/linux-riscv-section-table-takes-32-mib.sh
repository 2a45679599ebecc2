#!/bin/sh
# Guess: what the kernel reserves to describe memory is proportional to memory: 64 bytes for each page, 2 MiB of a machine with 128 MiB.
# Behaviour: Debian's riscv64 kernel first reserves 32 MiB in one piece, whether the machine has 128 MiB or 512. It is a table of pointers
#   of which all but one are null. With kernel and initial RAM disk it sets how small a machine can be: below about 80 MiB this kernel,
#   of 30 MiB, does not get to its first process.
# Version: Linux 6.12.117 (Debian 13, linux-image-6.12.117+deb13-riscv64 6.12.117-1), on QEMU 10.0.13.
# Source: mm/sparse.c, memblocks_present: with SPARSEMEM_EXTREME one pointer for each root of the section table, NR_SECTION_ROOTS of
#   include/linux/mmzone.h. arch/riscv/include/asm/sparsemem.h: MAX_PHYSMEM_BITS is CONFIG_PA_BITS, 56, a section is 2^27 bytes; a root
#   holds the 128 structures of 32 bytes that fit in a page. 2^(56 - 27) / 128 pointers of 8 bytes are 32 MiB.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"
# shellcheck source-path=SCRIPTDIR source=lib/guest disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/guest"

fetch_guest

# table MEMORY: the bytes that sparse_init reserves first, as the kernel tells with memblock=debug
table() {
  boot 'earlycon memblock=debug' -m "$1" </dev/null >"$work/console"
  sed -n 's/.*memblock_alloc_try_nid: \([0-9]*\) bytes .* sparse_init.*/\1/p' "$work/console" | head -n 1
}

expect 'bytes in one piece with 128 MiB' 33554432 "$(table 128M)"
expect 'bytes in one piece with 512 MiB' 33554432 "$(table 512M)"
confirmed 'the table of memory sections takes 32 MiB, whatever the memory'
