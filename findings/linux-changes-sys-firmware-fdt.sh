#!/bin/sh
# Guess: /sys/firmware/fdt is the device tree as the boot loader passed it (the kernel's ABI documentation says so), byte for byte;
#   the kernel checks a CRC of it before it shows the file.
# Behaviour: where the tree had /chosen/rng-seed, 11 words are FDT_NOP: 3 for the property's header, 8 for a seed of 32 bytes. Size and
#   offsets are the same, the name is still among the strings, and the CRC was computed anew, so a digest of the file never is that of
#   the tree that was passed, and a reader that does not skip FDT_NOP in the middle of a node fails here though trees made by
#   dtc have none.
# Version: Linux 6.12.117 (Debian 13, linux-image-6.12.117+deb13-riscv64 6.12.117-1), on QEMU 10.0.13, which gives a seed.
# Source: drivers/of/fdt.c, early_init_dt_scan_chosen: the seed is added to the random pool, then fdt_nop_property hides it, then
#   of_fdt_crc32 is set again.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"
# shellcheck source-path=SCRIPTDIR source=lib/guest disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/guest"

fetch_guest

boot quiet -m 256M >"$work/console" <<'END'
echo "seed shown as a file: $(ls /proc/device-tree/chosen | grep -c rng-seed)"
echo "name among the strings: $(grep -c rng-seed /sys/firmware/fdt)"
hexdump -v -e '1/1 "%02x"' /sys/firmware/fdt | sed 's/^/tree: /'
echo
END

# longest_run: the longest run of words that are FDT_NOP (4) in the hexadecimal tree on standard input
longest_run() {
  fold -w 8 | awk '$0 == "00000004" {if (++run > longest) longest = run; next} {run = 0} END {print longest}'
}

expect 'files named rng-seed in /proc/device-tree/chosen' 0 "$(sed -n 's/^seed shown as a file: //p' "$work/console")"
expect 'lines with rng-seed in /sys/firmware/fdt' 1 "$(sed -n 's/^name among the strings: //p' "$work/console")"
expect 'words that are FDT_NOP, in one run' 11 "$(sed -n 's/^tree: //p' "$work/console" | longest_run)"
confirmed 'the property was overwritten with FDT_NOP in what /sys/firmware/fdt shows'
