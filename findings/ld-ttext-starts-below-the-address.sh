#!/bin/sh
# Guess: a bare-metal program linked with -Ttext=0x80000000 (the base of a RISC-V board's RAM) occupies memory from 0x80000000 on.
# Behaviour: its first PT_LOAD begins a page lower, at 0x7ffff000, where the board has no RAM: GNU ld puts the ELF header and the program
#   headers into the segment, and pads to the page size. The entry and the symbols are as asked for, so only a loader notices. With
#   -N (or a linker script of one's own) the segment begins at 0x80000000.
# Version: GNU binutils 2.44 (Debian 13, binutils-riscv64-linux-gnu 2.44-3).
# Source: bfd/elf.c, assign_file_positions_for_load_sections and _bfd_elf_map_sections_to_segments: the headers are mapped with the first
#   segment if there is room below its first section in the page; -Ttext sets the section's address and says nothing about the segment's.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

needs_amd64
debian amd64
unpack_all "$work/binutils" binutils-riscv64-linux-gnu=2.44-3

tool() {
  name=$1
  shift
  within "$work/binutils" "bin/riscv64-linux-gnu-$name" "$@"
}

# first_load FILE: address of its first PT_LOAD
first_load() { tool readelf -lW "$1" | awk '$1 == "LOAD" {print $3; exit}'; }

printf '.globl _start\n_start: j _start\n' >"$work/program.s"
tool as -march=rv64gc "$work/program.s" -o "$work/program.o"
tool ld -Ttext=0x80000000 "$work/program.o" -o "$work/paged"
tool ld -N --no-warn-rwx-segments -Ttext=0x80000000 "$work/program.o" -o "$work/plain"

tool readelf -lW "$work/paged"
expect 'entry point' 0x80000000 "$(tool readelf -hW "$work/paged" | sed -n 's/.*Entry point address: *//p')"
expect 'first PT_LOAD' 0x000000007ffff000 "$(first_load "$work/paged")"
expect 'first PT_LOAD with -N' 0x0000000080000000 "$(first_load "$work/plain")"
confirmed 'the segment begins a page below the address of -Ttext'
