/* What wide.awk writes: many small functions, in one section. */
#ifndef WIDE_H
#define WIDE_H

#include <stdint.h>

enum { WIDE_COUNT = 4096 }; /* a power of two */

typedef uint64_t (*wide_t)(uint64_t, uint64_t);
#define WIDE __attribute__((noinline, section("wide_code"))) static

extern wide_t const wide[WIDE_COUNT];
extern char __start_wide_code[], __stop_wide_code[]; /* the linker defines them */

#endif
