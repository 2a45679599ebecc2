#!/bin/sh
# Guess: a compiler that may use the vector extension uses it for loops, when it optimises; at -O0, or with -fno-tree-vectorize, code
#   such as a structure's assignment uses integer registers, so start-up code that runs before mstatus.VS is set is safe with them.
# Behaviour: with -march=rv64gcv GCC copies a structure of 32 bytes with vle64.v and vse64.v, in groups of eight registers (m8), at
#   -O0 too, and neither -fno-tree-vectorize nor -mstrict-align stops it. What runs before vectors are on has to be compiled without v.
# Version: GCC 14.2.0 (Debian 13, gcc-14-riscv64-linux-gnu 14.2.0-19cross1).
# Source: gcc/config/riscv/riscv-string.cc, expand_block_move: the expansion of a block move tries vectors whenever the target has
#   them, long before and independently of the loop and SLP vectorizers that -fno-tree-vectorize turns off.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

needs_amd64
debian amd64
unpack_all "$work/gcc" gcc-14-riscv64-linux-gnu=14.2.0-19cross1

cat >"$work/copy.c" <<'END'
struct frame { long a, b, c, d; };

void copy(struct frame *to, struct frame *from) {
  *to = *from;
}
END

# instructions OPTION...: the vector instructions that the function is compiled to
instructions() {
  within "$work/gcc" libexec/gcc-cross/riscv64-linux-gnu/14/cc1 -quiet -mabi=lp64d "$@" "$work/copy.c" -o - |
    grep -oE '^[[:space:]]v[^[:space:]]+([[:space:]]+zero,4,e64,m8)?' | tr '\t\n' '  ' | tr -s ' ' | sed 's/^ //; s/ $//'
}

unoptimised='vsetivli zero,4,e64,m8 vle64.v vsetivli zero,4,e64,m8 vse64.v'
expect 'rv64gcv, -O0' "$unoptimised" "$(instructions -march=rv64gcv -O0)"
expect 'rv64gcv, -O0 -fno-tree-vectorize -mstrict-align' "$unoptimised" \
  "$(instructions -march=rv64gcv -O0 -fno-tree-vectorize -mstrict-align)"
expect 'rv64gcv, -O2 -fno-tree-vectorize' 'vsetivli zero,4,e64,m8 vle64.v vse64.v' \
  "$(instructions -march=rv64gcv -O2 -fno-tree-vectorize)"
expect 'rv64gc, -O0' '' "$(instructions -march=rv64gc -O0)"
confirmed 'a structure is copied with vector instructions at -O0 and with vectorizing off'
