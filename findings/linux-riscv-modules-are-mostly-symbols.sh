#!/bin/sh
# Guess: Debian's ext4 module for riscv64, 602,000 bytes packed, unpacks to the 1.5 MB or so that it has elsewhere.
# Behaviour: it unpacks to 7.0 MB, of which 5.2 MB are a symbol table with 216,898 entries, 212,769 of them local labels (.L...). Only 1,924
#   of these are named by a relocation. What loads or holds modules has to be sized for it: an initial RAM disk, a small machine, a limit
#   against archives that unpack to too much. strip --strip-unneeded leaves 1.7 MB.
# Version: Linux 6.12.117 (Debian 13, linux-image-6.12.117+deb13-riscv64 6.12.117-1), binutils 2.44.
# Source: the RISC-V assembler leaves each difference of labels to the linker, as a pair of relocations (R_RISCV_ADD32 and R_RISCV_SUB32 of
#   the psABI), so every label that debug information measures from becomes a symbol, also without relaxation (the kernel compiles
#   modules with -mno-relax). Other targets compute the difference at once and keep no label. The debug information is then removed
#   by strip --strip-debug, which leaves the symbols.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

needs xz
needs_amd64
debian amd64 riscv64
unpack_all "$work/binutils" binutils-riscv64-linux-gnu=2.44-3
unpack "$work/riscv64" linux-image-6.12.117+deb13-riscv64:riscv64=6.12.117-1

tool() {
  name=$1
  shift
  within "$work/binutils" "bin/riscv64-linux-gnu-$name" "$@"
}

bytes() { wc -c <"$1" | tr -d ' '; }

packed=$work/riscv64/usr/lib/modules/6.12.117+deb13-riscv64/kernel/fs/ext4/ext4.ko.xz
xz -dc "$packed" >"$work/ext4.ko"
tool strip --strip-unneeded "$work/ext4.ko" -o "$work/stripped.ko"
tool readelf -sW "$work/ext4.ko" >"$work/symbols"
tool readelf -rW "$work/ext4.ko" >"$work/relocations"

expect 'packed, bytes' 602000 "$(bytes "$packed")"
expect 'unpacked, bytes' 7006023 "$(bytes "$work/ext4.ko")"
expect 'entries of the symbol table' 216898 "$(sed -n "s/^Symbol table '.symtab' contains \([0-9]*\) entries.*/\1/p" "$work/symbols")"
expect 'local labels among them' 212769 "$(awk '$8 ~ /^\.L/' "$work/symbols" | wc -l | tr -d ' ')"
expect 'local labels that a relocation names' 1924 "$(awk '$5 ~ /^\.L/ {print $5}' "$work/relocations" | sort -u | wc -l | tr -d ' ')"
expect 'without what no relocation needs, bytes' 1726696 "$(bytes "$work/stripped.ko")"
confirmed 'three quarters of the module are symbols of local labels'
