/* What the workloads share, and the workloads that are not in gbench.c. */
#ifndef GBENCH_H
#define GBENCH_H

#include <stddef.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))
#define KEEP(x) __asm__ volatile("" : "+r"(x) : : "memory")

/* Writes a line to where the markers go. */
void emit(const char *s);

/* Zeroed memory at a page boundary; ends the program if there is none. */
void *xalloc(size_t n);

/* The same numbers in each workload, in each process and on each machine. */
uint64_t rng(void);

/* Sixteen small functions, for indirect calls. */
typedef uint64_t (*fn_t)(uint64_t);
extern fn_t const fns[16];

/* How often what a workload counts has happened, for its end marker; 0 where it counts nothing. */
extern uint64_t events;

/* gbench.c: work without system calls, for busy processes. */
uint64_t w_sieve(long n);
uint64_t w_qsort(long n);

/* hard.c */
uint64_t w_wide(long n);
uint64_t w_widecopy(long n);
uint64_t w_jit(long n);
uint64_t w_fencei(long n);
uint64_t w_misaligned(long n);
uint64_t w_pagecross(long n);
uint64_t w_quad(long n);
uint64_t w_ctxswitch(long n);
uint64_t w_forkstorm(long n);
uint64_t w_timer10k(long n);

/* board.c */
uint64_t w_mmio_loop(long n);
uint64_t w_mmio(long n);
uint64_t w_busy1(long n);
uint64_t w_busy2(long n);

#endif
