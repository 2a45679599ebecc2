#!/bin/sh
# Guess: QEMU starts an ELF program at its entry point, and for a program alone on the board -bios FILE and -bios none -kernel FILE
#   are two spellings of the same.
# Behaviour: with -bios FILE the first instruction is the one at the ELF file's entry point; with -bios none -kernel FILE it is the
#   one at the base of RAM, wherever the entry point is. The generic loader has both as well: at the entry point with cpu-num=0, at the base
#   of RAM without. Nothing is said. (QEMU 7.2 starts at the base of RAM with -bios, too.)
# Version: QEMU 10.0.13 (Debian 13, qemu-system-riscv 1:10.0.13+ds-0+deb13u1), board virt.
# Source: hw/riscv/virt.c, virt_machine_done: the address that the reset vector jumps to is the base of DRAM, and only
#   riscv_find_and_load_firmware (hw/riscv/boot.c) changes it, to the entry point of an ELF file; the entry point of -kernel goes to
#   firmware in the structure for fw_dynamic, and without firmware nobody reads it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

needs_amd64
debian amd64
unpack_all "$work/root" binutils-riscv64-linux-gnu=2.44-3 qemu-system-riscv=1:10.0.13+ds-0+deb13u1

# The board's test device ends QEMU with the code in the upper half of what is written: 1 from the base of RAM, 2 from the entry point.
cat >"$work/program.s" <<'END'
.globl _start
base:
  li t1, 0x13333
  j finish
_start:
  li t1, 0x23333
finish:
  li t0, 0x100000
  sw t1, 0(t0)
  j .
END
within "$work/root" bin/riscv64-linux-gnu-as -march=rv64gc "$work/program.s" -o "$work/program.o"
within "$work/root" bin/riscv64-linux-gnu-ld -N --no-warn-rwx-segments -Ttext=0x80000000 "$work/program.o" -o "$work/program"
within "$work/root" bin/riscv64-linux-gnu-readelf -hW "$work/program" | grep 'Entry point'

# start OPTION...: where the program was started
start() {
  code=0
  riscv64_qemu "$work/root" -M virt -serial null "$@" </dev/null || code=$?
  case $code in
    1) echo 'base of RAM' ;;
    2) echo 'entry point' ;;
    *) echo "QEMU ended with $code: $(cat "$work/qemu.log")" ;;
  esac
}

expect '-bios FILE' 'entry point' "$(start -bios "$work/program")"
expect '-bios none -kernel FILE' 'base of RAM' "$(start -bios none -kernel "$work/program")"
expect '-bios none -device loader,cpu-num=0' 'entry point' "$(start -bios none -device "loader,file=$work/program,cpu-num=0")"
expect '-bios none -device loader' 'base of RAM' "$(start -bios none -device "loader,file=$work/program")"
confirmed 'the same ELF file starts at its entry point as firmware and at the base of RAM as a kernel'
