/*
 * Where a naive translator loses: code that runs a few times only, code that changes, accesses that cross a boundary,
 * processes that replace one another, interrupts.
 */
#define _GNU_SOURCE
#include "gbench.h"
#include "wide.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---------------------------------------------------------- wide code */

/* Every function once, in a scattered order, at its place moved by `offset`. */
static uint64_t pass(intptr_t offset, uint64_t x)
{
    unsigned k = 0;
    for (int i = 0; i < WIDE_COUNT; i++) {
        k = (k * 1597u + 51749u) % WIDE_COUNT; /* a full period: 1597 % 4 is 1, 51749 is odd */
        x = ((wide_t)((intptr_t)wide[k] + offset))(x, (uint64_t)i);
    }
    return x;
}

/* n passes in all: translation, not execution, is the work. */
NOINLINE uint64_t w_wide(long n)
{
    uint64_t x = 1;
    while (n--)
        x = pass(0, x);
    return x;
}

/* The same functions at n places at once, two passes at each: a footprint of n * 0.4 MiB. */
NOINLINE uint64_t w_widecopy(long n)
{
    size_t bytes = (size_t)(__stop_wide_code - __start_wide_code);
    size_t stride = (bytes + 4095) & ~(size_t)4095;
    char *p = mmap(0, stride * (size_t)n, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t x = 1;
    if (p == MAP_FAILED)
        return 0;
    for (long i = 0; i < n; i++)
        memcpy(p + (size_t)i * stride, __start_wide_code, bytes);
    __builtin___clear_cache(p, p + stride * (size_t)n);
    for (int round = 0; round < 2; round++)
        for (long i = 0; i < n; i++)
            x = pass(p + (size_t)i * stride - __start_wide_code, x);
    munmap(p, stride * (size_t)n);
    return x;
}

/* ------------------------------------------------- code that is written */

/* Appends a function's instructions: its argument becomes its result. */
struct code {
    uint8_t *at;
};

static void put(struct code *c, const void *bytes, size_t n)
{
    memcpy(c->at, bytes, n);
    c->at += n;
}

#if defined(__riscv)
static void word(struct code *c, uint32_t w) { put(c, &w, 4); }
static void begin(struct code *c) { (void)c; }
static void add(struct code *c, uint32_t k) { word(c, 0x00050513u | k << 20); }                               /* addi a0,a0,k */
static void xor(struct code *c, uint32_t k) { word(c, 0x00054513u | k << 20); }                               /* xori a0,a0,k */
static void multiply(struct code *c, uint32_t k) { word(c, 0x00000293u | k << 20); word(c, 0x02550533u); }    /* li t0,k; mul a0,a0,t0 */
static void fold(struct code *c, uint32_t k) { word(c, 0x00055293u | k << 20); word(c, 0x00554533u); }        /* srli t0,a0,k; xor a0,a0,t0 */
static void end(struct code *c) { word(c, 0x00008067u); }                                                     /* ret */
static void fence_i(void) { __asm__ volatile("fence.i" ::: "memory"); }
#elif defined(__x86_64__)
static void op(struct code *c, const char *bytes, size_t n, uint32_t k, size_t size)
{
    put(c, bytes, n);
    put(c, &k, size);
}
static void begin(struct code *c) { put(c, "\x48\x89\xf8", 3); }                                  /* mov rax,rdi */
static void add(struct code *c, uint32_t k) { op(c, "\x48\x05", 2, k, 4); }                       /* add rax,k */
static void xor(struct code *c, uint32_t k) { op(c, "\x48\x35", 2, k, 4); }                       /* xor rax,k */
static void multiply(struct code *c, uint32_t k) { op(c, "\x48\x69\xc0", 3, k, 4); }              /* imul rax,rax,k */
static void fold(struct code *c, uint32_t k) { op(c, "\x48\x89\xc1\x48\xc1\xe9", 6, k, 1); put(c, "\x48\x31\xc8", 3); } /* mov rcx,rax; shr rcx,k; xor rax,rcx */
static void end(struct code *c) { put(c, "\xc3", 1); }                                            /* ret */
static void fence_i(void) {}
#else
#error "hard.c writes machine code of riscv64 and x86-64 only"
#endif

/* As a compiler inside the guest does: each round a new function beside the old ones, called a hundred times, and now
 * and then an old one. 256 functions live in 16 pages; then their places are used again. */
NOINLINE uint64_t w_jit(long n)
{
    enum { SLOT = 256, SLOTS = 256 };
    uint8_t *p = mmap(0, SLOT * SLOTS, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t x = 1;
    if (p == MAP_FAILED)
        return 0;
    for (long i = 0; i < n; i++) {
        uint8_t *f = p + i % SLOTS * SLOT;
        struct code c = {f};
        begin(&c);
        for (int k = 4 + (int)(rng() % 8); k; k--) {
            uint32_t r = (uint32_t)(rng() >> 20);
            switch (r & 3) {
            case 0: add(&c, r >> 2 & 2047); break;
            case 1: xor(&c, r >> 2 & 2047); break;
            case 2: multiply(&c, (r >> 2 & 1023) | 1); break;
            default: fold(&c, 1 + (r >> 2 & 31)); break;
            }
        }
        end(&c);
        __builtin___clear_cache((char *)f, (char *)c.at);
        for (int k = 0; k < 100; k++)
            x = ((fn_t)(void *)f)(x);
        for (long k = 1; k <= 8 && k <= i; k++)
            x = ((fn_t)(void *)(p + (i - k * 13 % (i + 1)) % SLOTS * SLOT))(x);
    }
    munmap(p, SLOT * SLOTS);
    return x;
}

/* fence.i without any change of code: whoever throws translations away at it translates for ever. */
NOINLINE uint64_t w_fencei(long n)
{
    uint64_t x = 12345;
    while (n--) {
        fence_i();
        for (int i = 0; i < 16; i++)
            x = fns[i](x);
    }
    return x;
}

/* --------------------------------------------------- misaligned access */

/* The compiler would take a misaligned access apart; the machine shall do it. */
#if defined(__riscv)
#define LOAD(insn, type, p) ({ type v_; __asm__ volatile(insn " %0, 0(%1)" : "=r"(v_) : "r"(p) : "memory"); v_; })
#define STORE(insn, type, p, v) __asm__ volatile(insn " %0, 0(%1)" : : "r"((type)(v)), "r"(p) : "memory")
#else
#define LOAD(insn, type, p) ({ type v_; memcpy(&v_, p, sizeof v_); v_; })
#define STORE(insn, type, p, v) do { type v_ = (type)(v); memcpy(p, &v_, sizeof v_); } while (0)
#endif

static uint8_t *random_bytes(int n)
{
    uint64_t *a = xalloc((size_t)n);
    for (int i = 0; i < n / 8; i++)
        a[i] = rng();
    return (uint8_t *)a;
}

/* Within a page: across 8 bytes and across 64. */
NOINLINE uint64_t w_misaligned(long n)
{
    enum { N = 1 << 14 };
    uint8_t *a = random_bytes(N);
    uint64_t s = 1;
    for (long r = 0; r < n; r++)
        for (int i = 0; i + 128 <= N; i += 64) {
            uint8_t *p = a + i;
            s += LOAD("ld", uint64_t, p + 3);
            s ^= LOAD("ld", uint64_t, p + 60) + LOAD("lwu", uint32_t, p + 62) + LOAD("lhu", uint16_t, p + 63);
            STORE("sd", uint64_t, p + 13, s);
            STORE("sd", uint64_t, p + 57, s + (uint64_t)r);
            STORE("sw", uint32_t, p + 61, s >> 7);
            STORE("sh", uint16_t, p + 31, s >> 3);
        }
    free(a);
    return s;
}

/* Half in one page and half in the next. */
NOINLINE uint64_t w_pagecross(long n)
{
    enum { PAGES = 32 };
    uint8_t *a = random_bytes(PAGES * 4096);
    uint64_t s = 1;
    for (long r = 0; r < n; r++)
        for (int i = 1; i < PAGES; i++) {
            uint8_t *p = a + i * 4096;
            s += LOAD("ld", uint64_t, p - 4);
            s ^= LOAD("lwu", uint32_t, p - 1) + LOAD("lhu", uint16_t, p - 1);
            STORE("sd", uint64_t, p - 7, s);
            STORE("sw", uint32_t, p - 2, s >> 5);
        }
    free(a);
    return s;
}

/* ------------------------------------------------ quadruple precision */

/* Software: each operation reads the rounding mode and raises exceptions. */
NOINLINE uint64_t w_quad(long n)
{
    long double x = 0.3L, sum = 0;
    uint64_t parts[2] = {0, 0};
    while (n--) {
        for (int i = 0; i < 100; i++) {
            x = 3.75L * x * (1 - x);
            sum += x / (i + 1);
        }
    }
    memcpy(parts, &sum, sizeof sum);
    return parts[0] ^ parts[1];
}

/* ----------------------------------------------- processes, interrupts */

/* Reads and writes every page of a working set, at another place each time. */
static uint64_t touch(uint64_t *a, int pages, uint64_t x)
{
    for (int i = 0; i < pages; i++) {
        uint64_t *p = a + i * 512 + (x + (uint64_t)i * 7) % 512;
        *p += x + (uint64_t)i;
        x = x * 31 + *p;
    }
    return x;
}

/* Two processes pass a number to and fro; each works on 64 pages at the same virtual addresses before it answers. */
NOINLINE uint64_t w_ctxswitch(long n)
{
    enum { PAGES = 64 };
    uint64_t *set = xalloc(PAGES * 4096);
    int there[2], back[2];
    uint64_t x = 1;
    if (pipe(there) || pipe(back))
        return 0;
    pid_t child = fork();
    if (child == 0) {
        close(there[1]);
        while (read(there[0], &x, sizeof x) == sizeof x) {
            x = touch(set, PAGES, x);
            if (write(back[1], &x, sizeof x) != sizeof x)
                break;
        }
        _exit(0);
    }
    while (child > 0 && n--) {
        x = touch(set, PAGES, x);
        if (write(there[1], &x, sizeof x) != sizeof x || read(back[0], &x, sizeof x) != sizeof x)
            break;
    }
    close(there[1]); close(there[0]); close(back[0]); close(back[1]);
    waitpid(child, 0, 0);
    free(set);
    return n < 0 ? x : 0;
}

/* Four children of a process with 8 MiB at a time; each writes to some of it and becomes a shell that runs pipelines. */
NOINLINE uint64_t w_forkstorm(long n)
{
    enum { PAGES = 2048, CHILDREN = 4 };
    static const char *const script = "for i in 1 2 3 4; do /bin/echo $i | /bin/cat | /bin/grep -q $i || exit 1; done; exit 7";
    uint64_t *heap = xalloc(PAGES * 4096);
    uint64_t s = touch(heap, PAGES, 1), good = 0;
    while (n--) {
        pid_t child[CHILDREN];
        for (int i = 0; i < CHILDREN; i++) {
            child[i] = fork();
            if (child[i] == 0) {
                s = touch(heap, 64, s);
                execl("/bin/sh", "sh", "-c", script, (char *)0);
                _exit(1);
            }
        }
        for (int i = 0; i < CHILDREN; i++) {
            int status = 0;
            if (child[i] > 0 && waitpid(child[i], &status, 0) == child[i])
                good += (uint64_t)WEXITSTATUS(status);
        }
    }
    free(heap);
    return good;
}

static void on_tick(int signal)
{
    (void)signal;
    events++;
}

/* Arithmetic under a timer of 10 kHz: an interrupt and a signal each 100 microseconds. The end marker counts them. */
NOINLINE uint64_t w_timer10k(long n)
{
    struct itimerval tick = {{0, 100}, {0, 100}}, off = {{0, 0}, {0, 0}};
    uint64_t x = 0x9e3779b97f4a7c15ull;
    signal(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &tick, 0);
    while (n--)
        for (int i = 0; i < 1000; i++) {
            x = x * 6364136223846793005ull + 1442695040888963407ull;
            x ^= x >> 29;
        }
    setitimer(ITIMER_REAL, &off, 0);
    signal(SIGALRM, SIG_DFL);
    return x;
}
