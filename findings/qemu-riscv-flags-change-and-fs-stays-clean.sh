#!/bin/sh
# Guess: an instruction that sets a floating-point exception flag makes mstatus.FS Dirty; the privileged manual counts fflags to the state
#   that FS tells about (Machine Status Registers, Extension Context Status).
# Behaviour: QEMU sets FS for instructions that write a floating-point register or the CSR. Comparisons and conversions to integers only
#   raise a flag: flt.s of a NaN sets the invalid flag in fflags and FS stays Clean. A kernel that saves floating-point state only where FS
#   is Dirty, as Linux does, loses the flag; a test that compares FS between QEMU and another machine sees a difference.
# Version: QEMU 10.0.13 (Debian 13, qemu-system-riscv 1:10.0.13+ds-0+deb13u1), TCG.
# Source: target/riscv/insn_trans/trans_rvf.c.inc: mark_fs_dirty is called where the destination is a floating-point register; the
#   translations of flt.s, fle.s, fcvt.w.s and their like do not call it, and the helpers that raise flags do not either.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

needs_amd64
debian amd64
unpack_all "$work/root" binutils-riscv64-linux-gnu=2.44-3 qemu-system-riscv=1:10.0.13+ds-0+deb13u1

# after INSTRUCTION: FS and fflags after it, from FS Clean, no flag, and NaN in fa0. The board's test device ends QEMU with the code in
# the upper half of what is written: FS in two bits, fflags above.
after() {
  cat >"$work/program.s" <<END
.globl _start
_start:
  li t0, 0x6000
  csrs mstatus, t0
  fcvt.s.w fa0, zero
  fdiv.s fa0, fa0, fa0
  csrwi fflags, 0
  csrc mstatus, t0
  li t0, 0x4000
  csrs mstatus, t0
  $1
  csrr t1, mstatus
  csrr t2, fflags
  srli t1, t1, 13
  andi t1, t1, 3
  slli t2, t2, 2
  or t1, t1, t2
  slli t1, t1, 16
  li t2, 0x3333
  or t1, t1, t2
  li t0, 0x100000
  sw t1, 0(t0)
  j .
END
  within "$work/root" bin/riscv64-linux-gnu-as -march=rv64gc "$work/program.s" -o "$work/program.o"
  within "$work/root" bin/riscv64-linux-gnu-ld -N --no-warn-rwx-segments -Ttext=0x80000000 "$work/program.o" -o "$work/program"
  code=0
  riscv64_qemu "$work/root" -M virt -serial null -bios "$work/program" </dev/null || code=$?
  case $((code & 3)) in
    2) state=Clean ;;
    3) state=Dirty ;;
    *) state="neither Clean nor Dirty ($code)" ;;
  esac
  echo "fflags $((code >> 2)), FS $state"
}

expect 'flt.s a0, fa0, fa0' 'fflags 16, FS Clean' "$(after 'flt.s a0, fa0, fa0')"
expect 'fcvt.w.s a0, fa0' 'fflags 16, FS Clean' "$(after 'fcvt.w.s a0, fa0')"
expect 'fsflagsi 16' 'fflags 16, FS Dirty' "$(after 'fsflagsi 16')"
expect 'fmul.s fa1, fa0, fa0' 'fflags 0, FS Dirty' "$(after 'fmul.s fa1, fa0, fa0')"
confirmed 'a comparison sets the invalid flag and FS stays Clean'
