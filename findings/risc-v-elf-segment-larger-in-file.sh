#!/bin/sh
# Guess: in a program header of a valid ELF file the size in the file is at most the size in memory, so a loader may refuse any other.
# Behaviour: GNU ld gives every RISC-V program a header of type 0x70000003 (RISCV_ATTRIBUTES) whose file size is that of the section
#   and whose memory size is 0. The rule holds for PT_LOAD only; a check over all headers refuses every normal RISC-V program.
# Version: GNU binutils 2.44 (Debian 13, binutils-riscv64-linux-gnu 2.44-3).
# Source: bfd/elfnn-riscv.c adds the segment for the section .riscv.attributes, which is not allocated; the generic code of bfd/elf.c
#   counts only allocated sections in p_memsz. The gABI demands p_filesz <= p_memsz of PT_LOAD alone.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

needs_amd64
debian amd64
unpack_all "$work/binutils" binutils-riscv64-linux-gnu=2.44-3

printf '.globl _start\n_start: j _start\n' >"$work/program.s"
within "$work/binutils" bin/riscv64-linux-gnu-as -march=rv64gc "$work/program.s" -o "$work/program.o"
within "$work/binutils" bin/riscv64-linux-gnu-ld "$work/program.o" -o "$work/program"
within "$work/binutils" bin/riscv64-linux-gnu-readelf -lW "$work/program" >"$work/headers"
cat "$work/headers"

# Type Offset VirtAddr PhysAddr FileSiz MemSiz
expect 'attributes, size in the file' 0x00004f "$(awk '$1 == "RISCV_ATTRIBUT" {print $5}' "$work/headers")"
expect 'attributes, size in memory' 0x000000 "$(awk '$1 == "RISCV_ATTRIBUT" {print $6}' "$work/headers")"
confirmed 'a segment of a plain RISC-V program is larger in the file than in memory'
