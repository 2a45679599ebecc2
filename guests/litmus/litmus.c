/*
 * The memory model between two harts (unpriv chapter 17, RVWMO), and what operating systems build on it: atomics,
 * LR/SC, cross-modifying code, inter-processor interrupts and remote TLB flushes. Prints what it saw for each test and
 * one verdict; ends with code 0 if nothing forbidden was seen, 1 if something was, 2 if there are not two harts.
 * `rounds=N` in the boot arguments sets how often each test is run.
 */
#include "guest.h"

#define CELLS 256 /* cells of a batch; each variable on its own 64 bytes */
#define SPIN_LIMIT 20000

#define MSIP(hart) (CLINT + 4ul * (hart))
#define MIE_MSIE (1ul << 3)
#define MSTATUS_MIE (1ul << 3)
#define MSTATUS_MPP_S (1ul << 11)
#define MSTATUS_MPRV (1ul << 17)
#define SATP_SV39 (8ul << 60)
#define PTE_V 1ul
#define PTE_RW 6ul
#define PTE_AD 0xc0ul

typedef struct {
    volatile uint64_t v;
    uint64_t pad[7];
} line_t;

static line_t x[CELLS], y[CELLS];
static volatile uint32_t r0[CELLS], r1[CELLS];
static line_t progress[2], arrived, phase, shared, other, lock;
static volatile uint64_t plain;
static unsigned rounds = 50000;
static unsigned failures;

/* ---------------------------------------------------------------- two harts in step */

static void full_fence(void)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
}

static uint64_t amoadd(volatile uint64_t *p, uint64_t v)
{
    uint64_t old;
    __asm__ volatile("amoadd.d.aqrl %0, %2, (%1)" : "=r"(old) : "r"(p), "r"(v) : "memory");
    return old;
}

static void barrier(void)
{
    uint64_t mine = phase.v;
    full_fence();
    if (amoadd(&arrived.v, 1) == 1) {
        arrived.v = 0;
        full_fence();
        phase.v = mine + 1;
    } else {
        while (phase.v == mine)
            ;
    }
    full_fence();
}

/* Meets the other hart at cell i, but does not wait for ever: on a busy host it may not be running at all. */
static void meet(unsigned hart, uint64_t i)
{
    progress[hart].v = i + 1;
    for (unsigned spin = 0; progress[1 - hart].v < i + 1 && spin < SPIN_LIMIT; spin++)
        ;
}

/* ---------------------------------------------------------------- two-variable tests */

typedef void (*cell_fn)(unsigned i);

static void mp_write(unsigned i)
{
    __asm__ volatile("sd %2, 0(%0)\n fence w, w\n sd %2, 0(%1)" ::"r"(&x[i].v), "r"(&y[i].v), "r"(1ul) : "memory");
}
static void mp_read(unsigned i)
{
    uint64_t a, b;
    __asm__ volatile("ld %0, 0(%3)\n fence r, r\n ld %1, 0(%2)"
                     : "=&r"(a), "=&r"(b)
                     : "r"(&x[i].v), "r"(&y[i].v)
                     : "memory");
    r0[i] = (uint32_t)a;
    r1[i] = (uint32_t)b;
}
static void mp_release(unsigned i)
{
    __asm__ volatile("sd %2, 0(%0)\n amoswap.d.rl zero, %2, (%1)" ::"r"(&x[i].v), "r"(&y[i].v), "r"(1ul) : "memory");
}
static void mp_acquire(unsigned i)
{
    uint64_t a, b;
    __asm__ volatile("amoadd.d.aq %0, zero, (%3)\n ld %1, 0(%2)"
                     : "=&r"(a), "=&r"(b)
                     : "r"(&x[i].v), "r"(&y[i].v)
                     : "memory");
    r0[i] = (uint32_t)a;
    r1[i] = (uint32_t)b;
}
static void mp_dependent(unsigned i) /* an address dependency orders the loads (PPO rule 9) */
{
    uint64_t a, b;
    __asm__ volatile("ld %0, 0(%3)\n xor t0, %0, %0\n add t0, t0, %2\n ld %1, 0(t0)"
                     : "=&r"(a), "=&r"(b)
                     : "r"(&x[i].v), "r"(&y[i].v)
                     : "memory", "t0");
    r0[i] = (uint32_t)a;
    r1[i] = (uint32_t)b;
}
static int mp_forbidden(unsigned i)
{
    return r0[i] == 1 && r1[i] == 0;
}

#define SB(name, mine, theirs, result, between)                                                                     \
    static void name(unsigned i)                                                                                     \
    {                                                                                                                \
        uint64_t a;                                                                                                  \
        __asm__ volatile("sd %3, 0(%1)\n" between "\n ld %0, 0(%2)"                                                  \
                         : "=&r"(a)                                                                                  \
                         : "r"(&mine[i].v), "r"(&theirs[i].v), "r"(1ul)                                              \
                         : "memory");                                                                                \
        result[i] = (uint32_t)a;                                                                                     \
    }
SB(sb0, x, y, r0, "fence rw, rw")
SB(sb1, y, x, r1, "fence rw, rw")
SB(sb0_plain, x, y, r0, "")
SB(sb1_plain, y, x, r1, "")
static int sb_forbidden(unsigned i)
{
    return r0[i] == 0 && r1[i] == 0;
}

#define SB_AMO(name, mine, theirs, result)                                                                           \
    static void name(unsigned i)                                                                                     \
    {                                                                                                                \
        uint64_t a;                                                                                                  \
        __asm__ volatile("amoswap.d.aqrl zero, %3, (%1)\n amoor.d.aqrl %0, zero, (%2)"                               \
                         : "=&r"(a)                                                                                  \
                         : "r"(&mine[i].v), "r"(&theirs[i].v), "r"(1ul)                                              \
                         : "memory");                                                                                \
        result[i] = (uint32_t)a;                                                                                     \
    }
SB_AMO(sb0_amo, x, y, r0)
SB_AMO(sb1_amo, y, x, r1)

#define LB(name, mine, theirs, result)                                                                               \
    static void name(unsigned i)                                                                                     \
    {                                                                                                                \
        uint64_t a;                                                                                                  \
        __asm__ volatile("ld %0, 0(%2)\n fence rw, rw\n sd %3, 0(%1)"                                                \
                         : "=&r"(a)                                                                                  \
                         : "r"(&mine[i].v), "r"(&theirs[i].v), "r"(1ul)                                              \
                         : "memory");                                                                                \
        result[i] = (uint32_t)a;                                                                                     \
    }
LB(lb0, x, y, r0)
LB(lb1, y, x, r1)
static int lb_forbidden(unsigned i)
{
    return r0[i] == 1 && r1[i] == 1;
}

static void corr_write(unsigned i)
{
    x[i].v = 1;
}
static void corr_read(unsigned i)
{
    uint64_t a, b;
    __asm__ volatile("ld %0, 0(%2)\n ld %1, 0(%2)" : "=&r"(a), "=&r"(b) : "r"(&x[i].v) : "memory");
    r0[i] = (uint32_t)a;
    r1[i] = (uint32_t)b;
}

static void s_write(unsigned i) /* 2+2W: both write both, in opposite order */
{
    __asm__ volatile("sd %2, 0(%0)\n fence w, w\n sd %3, 0(%1)" ::"r"(&x[i].v), "r"(&y[i].v), "r"(1ul), "r"(2ul)
                     : "memory");
}
static void s_write_back(unsigned i)
{
    __asm__ volatile("sd %2, 0(%1)\n fence w, w\n sd %3, 0(%0)" ::"r"(&x[i].v), "r"(&y[i].v), "r"(1ul), "r"(2ul)
                     : "memory");
}
static int s_forbidden(unsigned i)
{
    r0[i] = x[i].v == 1;
    r1[i] = y[i].v == 1;
    return r0[i] && r1[i];
}

static int never(unsigned i)
{
    (void)i;
    return 0;
}

static const struct {
    const char *name;
    cell_fn run[2];
    int (*forbidden)(unsigned i);
} cell_tests[] = {
    {"MP, fences", {mp_write, mp_read}, mp_forbidden},
    {"MP, release and acquire", {mp_release, mp_acquire}, mp_forbidden},
    {"MP, address dependency", {mp_write, mp_dependent}, mp_forbidden},
    {"SB, fences", {sb0, sb1}, sb_forbidden},
    {"SB, AMO.aqrl", {sb0_amo, sb1_amo}, sb_forbidden},
    {"SB, nothing (all allowed)", {sb0_plain, sb1_plain}, never},
    {"LB, fences", {lb0, lb1}, lb_forbidden},
    {"CoRR", {corr_write, corr_read}, mp_forbidden},
    {"2+2W, fences", {s_write, s_write_back}, s_forbidden},
};
#define CELL_TESTS (sizeof cell_tests / sizeof *cell_tests)

/* ---------------------------------------------------------------- both count, the sum must be exact */

static void verdict(const char *name, uint64_t bad, const char *what, uint64_t n)
{
    print("%s %32s  %lu %s\n", bad ? "FAIL" : "ok  ", name, n, what);
    failures += bad != 0;
}

static void count_lrsc_d(unsigned hart, unsigned i)
{
    uint64_t t, failed;
    (void)hart, (void)i;
    __asm__ volatile("1: lr.d.aq %0, (%2)\n addi %0, %0, 1\n sc.d.rl %1, %0, (%2)\n bnez %1, 1b"
                     : "=&r"(t), "=&r"(failed)
                     : "r"(&shared.v)
                     : "memory");
}
static void count_lrsc_w(unsigned hart, unsigned i) /* two words in one double word: neighbours must not be lost */
{
    uint64_t t, failed;
    (void)i;
    __asm__ volatile("1: lr.w %0, (%2)\n addiw %0, %0, 1\n sc.w %1, %0, (%2)\n bnez %1, 1b"
                     : "=&r"(t), "=&r"(failed)
                     : "r"((uintptr_t)&shared.v + 4 * hart)
                     : "memory");
}
static void count_amoadd_d(unsigned hart, unsigned i)
{
    (void)hart, (void)i;
    __asm__ volatile("amoadd.d zero, %1, (%0)" ::"r"(&shared.v), "r"(1ul) : "memory");
}
static void count_amoadd_w(unsigned hart, unsigned i)
{
    (void)i;
    __asm__ volatile("amoadd.w zero, %1, (%0)" ::"r"((uintptr_t)&shared.v + 4 * hart), "r"(1ul) : "memory");
}
static void count_mixed(unsigned hart, unsigned i) /* one hart by AMO, the other by LR/SC */
{
    if (hart)
        count_amoadd_d(hart, i);
    else
        count_lrsc_d(hart, i);
}
static void count_locked(unsigned hart, unsigned i) /* a spin lock around a plain counter */
{
    uint64_t was;
    (void)hart, (void)i;
    do
        __asm__ volatile("amoswap.w.aq %0, %2, (%1)" : "=r"(was) : "r"(&lock.v), "r"(1ul) : "memory");
    while (was);
    plain = plain + 1;
    __asm__ volatile("amoswap.w.rl zero, zero, (%0)" ::"r"(&lock.v) : "memory");
}
static void toggle_bits(unsigned hart, unsigned i) /* xor twice with the hart's own bits, maxu beside it */
{
    uint64_t bit = 1ul << (hart * 32 + (i & 31));
    __asm__ volatile("amoxor.d zero, %1, (%0)\n amomaxu.d zero, %3, (%2)\n amoxor.d zero, %1, (%0)" ::"r"(&shared.v),
                     "r"(bit), "r"(&other.v), "r"((uint64_t)i * 2 + hart)
                     : "memory");
}

static const struct {
    const char *name;
    void (*run)(unsigned hart, unsigned i);
} count_tests[] = {
    {"LR/SC counter, 64 bits", count_lrsc_d},  {"LR/SC counters, 2 x 32 bits", count_lrsc_w},
    {"AMO counter, 64 bits", count_amoadd_d},  {"AMO counters, 2 x 32 bits", count_amoadd_w},
    {"LR/SC against AMO", count_mixed},        {"spin lock", count_locked},
    {"AMO xor and maxu", toggle_bits},
};
#define COUNT_TESTS (sizeof count_tests / sizeof *count_tests)

static void judge_count(unsigned test)
{
    uint64_t n = rounds, v = shared.v, got, want = 2 * n;
    void (*run)(unsigned, unsigned) = count_tests[test].run;
    if (run == count_lrsc_w || run == count_amoadd_w) {
        want = n << 32 | n;
        got = v;
    } else if (run == count_locked) {
        got = plain;
    } else if (run == toggle_bits) {
        want = (n - 1) * 2 + 1;
        got = v ? ~0ul : other.v;
    } else {
        got = v;
    }
    if (got != want)
        print("     wanted %lx, got %lx\n", want, got);
    verdict(count_tests[test].name, got != want, "rounds on each hart, none lost", n);
}

/* ---------------------------------------------------------------- single-copy atomicity */

static volatile uint64_t torn, seen;

static void tear(unsigned hart)
{
    for (unsigned i = 0; i < rounds; i++) {
        if (hart == 0) {
            shared.v = i & 1 ? 0 : ~0ul;
            *(volatile uint32_t *)&other.v = i & 1 ? 0 : ~0u;
        } else {
            uint64_t v = shared.v;
            uint32_t w = *(volatile uint32_t *)&other.v;
            torn = torn + ((v != 0 && v != ~0ul) || (w != 0 && w != ~0u));
            seen = seen + (v != 0);
        }
    }
}

/* ---------------------------------------------------------------- SC after somebody stored the same value again */

static volatile uint64_t aba_turn, aba_done;

static void aba(unsigned hart)
{
    unsigned n = rounds / 20 + 1;
    for (unsigned i = 0; i < n; i++) {
        if (hart == 0) {
            uint64_t t, failed;
            __asm__ volatile("lr.d.aqrl %0, (%2)\n"
                             "sd %3, 0(%4)\n"
                             "fence rw, rw\n"
                             "2: ld t0, 0(%5)\n bne t0, %3, 2b\n"
                             "fence rw, rw\n"
                             "sc.d.aqrl %1, %0, (%2)"
                             : "=&r"(t), "=&r"(failed)
                             : "r"(&shared.v), "r"((uint64_t)i + 1), "r"(&aba_turn), "r"(&aba_done)
                             : "memory", "t0");
            seen = seen + !failed;
        } else {
            while (aba_turn != i + 1)
                ;
            full_fence();
            shared.v = 77;
            full_fence();
            shared.v = 0;
            full_fence();
            aba_done = i + 1;
        }
    }
}

/* ---------------------------------------------------------------- code that another hart writes */

static uint32_t code[16] __attribute__((aligned(64)));
static volatile uint64_t published, consumed, wrong;

static uint64_t call_code(void)
{
    uint64_t (*f)(void) = (uint64_t (*)(void))(uintptr_t)code;
    return f();
}

static void write_code(uint32_t k)
{
    ((volatile uint32_t *)code)[0] = k << 20 | 0x00000513; /* addi a0, x0, k */
    ((volatile uint32_t *)code)[1] = 0x00008067;           /* ret */
}

/* The writer orders its stores before the flag; the reader runs fence.i after it sees the flag (Zifencei). */
static void cross_modify(unsigned hart)
{
    unsigned n = rounds / 10 + 1;
    for (unsigned i = 1; i <= n; i++) {
        if (hart == 0) {
            write_code(i & 1023);
            full_fence();
            published = i;
            while (consumed != i)
                ;
        } else {
            while (published != i)
                ;
            __asm__ volatile("fence r, rw\n fence.i" ::: "memory");
            wrong = wrong + (call_code() != (i & 1023));
            full_fence();
            consumed = i;
        }
    }
}

static void self_modify(void)
{
    unsigned n = rounds / 10 + 1;
    for (unsigned i = 1; i <= n; i++) {
        write_code(i & 1023);
        __asm__ volatile("fence.i" ::: "memory");
        wrong = wrong + (call_code() != (i & 1023));
    }
}

/* ---------------------------------------------------------------- inter-processor interrupts */

static volatile uint64_t ipis, ipi_code;

void on_trap(struct trap_frame *frame)
{
    if (frame->cause == (1ul << 63 | 3)) {
        uint64_t hart = csr_read(mhartid);
        out32(MSIP(hart), 0);
        full_fence();
        __asm__ volatile("sfence.vma\n fence.i" ::: "memory");
        if (ipi_code)
            wrong = wrong + (call_code() != ipi_code);
        full_fence();
        ipis = ipis + 1;
        return;
    }
    print("\nFAIL: unexpected trap on hart %lu: %s (mcause %lx, mepc %lx, mtval %lx)\n", csr_read(mhartid),
          cause_name(frame->cause), frame->cause, frame->epc, frame->tval);
    finish(1);
}

static void send_and_wait(void)
{
    uint64_t before = ipis;
    full_fence();
    out32(MSIP(1), 1);
    while (ipis == before)
        ;
    full_fence();
}

/* Hart 1 sleeps in wfi and is woken; every interrupt arrives exactly once. */
static void ipi(unsigned hart, int with_code)
{
    unsigned n = rounds / 10 + 1;
    if (hart == 0) {
        for (unsigned i = 1; i <= n; i++) {
            if (with_code) {
                write_code(i & 1023);
                ipi_code = i & 1023;
            }
            send_and_wait();
        }
        published = n;
        full_fence();
        out32(MSIP(1), 1); /* out of its last wfi */
    } else {
        while (!published)
            __asm__ volatile("wfi");
        full_fence();
    }
}

/* ---------------------------------------------------------------- remote sfence.vma */

static uint64_t root[512] __attribute__((aligned(4096)));
static uint64_t middle[512] __attribute__((aligned(4096)));
static uint64_t leaves[512] __attribute__((aligned(4096)));
static uint64_t pages[2][512] __attribute__((aligned(4096)));
static volatile uint64_t epoch;

static uint64_t pte(const void *p, uint64_t bits)
{
    return (uint64_t)p >> 12 << 10 | bits;
}

/*
 * Hart 1 reads address 0 through Sv39 (MPRV, as S). Hart 0 turns the page to the other frame, interrupts hart 1, which
 * flushes, and only then raises the epoch: who has seen an epoch must not read the frame from before it.
 */
static void remote_flush(unsigned hart)
{
    unsigned n = rounds / 20 + 1;
    if (hart == 0) {
        for (unsigned i = 1; i <= n; i++) {
            pages[i & 1][0] = i;
            full_fence();
            *(volatile uint64_t *)&leaves[0] = pte(pages[i & 1], PTE_V | PTE_RW | PTE_AD);
            full_fence();
            send_and_wait();
            epoch = i;
        }
        full_fence();
        published = 1;
    } else {
        csr_write(pmpaddr0, ~0ul >> 10); /* without an entry S mode may access nothing (priv 3.7.1) */
        csr_write(pmpcfg0, 0x1f);
        csr_write(satp, SATP_SV39 | (uint64_t)root >> 12);
        __asm__ volatile("sfence.vma" ::: "memory");
        while (!published) {
            uint64_t e, v, status = MSTATUS_MPRV | MSTATUS_MPP_S;
            /* The interrupt's own trap clears MPP, so interrupts wait while MPRV is on. */
            __asm__ volatile("ld %0, 0(%3)\n"
                             "fence r, r\n"
                             "csrci mstatus, 8\n"
                             "csrs mstatus, %2\n"
                             "ld %1, 0(zero)\n"
                             "csrc mstatus, %2\n"
                             "csrsi mstatus, 8"
                             : "=&r"(e), "=&r"(v)
                             : "r"(status), "r"(&epoch)
                             : "memory");
            wrong = wrong + (v < e);
            seen = seen + 1;
        }
        csr_write(satp, 0);
        __asm__ volatile("sfence.vma" ::: "memory");
    }
}

static void map_pages(void)
{
    root[0] = pte(middle, PTE_V);
    middle[0] = pte(leaves, PTE_V);
    leaves[0] = pte(pages[0], PTE_V | PTE_RW | PTE_AD);
}

/* ---------------------------------------------------------------- the harts' common road */

static void run_cells(unsigned hart, unsigned test)
{
    uint64_t outcome[4] = {0}, bad = 0, total = 0;
    for (unsigned batch = 0; batch < (rounds + CELLS - 1) / CELLS; batch++) {
        if (hart == 0) {
            for (unsigned i = 0; i < CELLS; i++)
                x[i].v = y[i].v = 0;
            progress[0].v = progress[1].v = 0;
        }
        barrier();
        for (unsigned i = 0; i < CELLS; i++) {
            meet(hart, i);
            for (unsigned d = (i * 7 + batch * 3 + hart * 5) & 7; d; d--)
                __asm__ volatile("");
            cell_tests[test].run[hart](i);
        }
        barrier();
        if (hart == 0)
            for (unsigned i = 0; i < CELLS; i++) {
                bad += (uint64_t)cell_tests[test].forbidden(i);
                outcome[(r0[i] & 1) * 2 + (r1[i] & 1)]++;
                total++;
            }
    }
    if (hart == 0) {
        print("%s %32s  %lu cells: 00 %lu, 01 %lu, 10 %lu, 11 %lu; forbidden %lu\n", bad ? "FAIL" : "ok  ",
              cell_tests[test].name, total, outcome[0], outcome[1], outcome[2], outcome[3], bad);
        failures += bad != 0;
    }
}

static void run_count(unsigned hart, unsigned test)
{
    if (hart == 0)
        shared.v = other.v = lock.v = plain = 0;
    barrier();
    for (unsigned i = 0; i < rounds; i++)
        count_tests[test].run(hart, i);
    barrier();
    if (hart == 0)
        judge_count(test);
}

static void reset_shared(unsigned hart)
{
    barrier();
    if (hart == 0)
        shared.v = other.v = torn = seen = wrong = published = consumed = ipis = ipi_code = epoch = 0;
    barrier();
}

static void both(unsigned hart)
{
    if (hart == 1) {
        csr_write(mie, MIE_MSIE);
        csr_set(mstatus, MSTATUS_MIE);
    }
    for (unsigned test = 0; test < CELL_TESTS; test++)
        run_cells(hart, test);
    for (unsigned test = 0; test < COUNT_TESTS; test++)
        run_count(hart, test);

    reset_shared(hart);
    tear(hart);
    barrier();
    if (hart == 0)
        verdict("no torn 64- and 32-bit values", torn, "reads", rounds);

    reset_shared(hart);
    aba(hart);
    barrier();
    if (hart == 0)
        print("note %32s  %lu of %u succeeded (a compare-and-swap SC does; the specification wants 0)\n",
              "SC after A-B-A elsewhere", seen, rounds / 20 + 1);

    reset_shared(hart);
    if (hart == 0)
        self_modify();
    barrier();
    if (hart == 0)
        verdict("own code, fence.i", wrong, "rewritten", rounds / 10 + 1);

    reset_shared(hart);
    cross_modify(hart);
    barrier();
    if (hart == 0)
        verdict("other hart's code, fence.i", wrong, "rewritten", rounds / 10 + 1);

    for (int with_code = 0; with_code < 2; with_code++) {
        reset_shared(hart);
        ipi(hart, with_code);
        barrier();
        if (hart == 0)
            verdict(with_code ? "remote fence.i by interrupt" : "inter-processor interrupts", wrong, "answered",
                    rounds / 10 + 1);
    }

    reset_shared(hart);
    remote_flush(hart);
    barrier();
    if (hart == 0)
        verdict("remote sfence.vma", wrong, "flushes", rounds / 20 + 1);
}

void hart_main(uint64_t hart)
{
    if (hart == 1)
        both(1);
}

static unsigned option(const char *arguments, const char *name, unsigned otherwise)
{
    size_t n = strlen(name);
    for (const char *p = arguments; *p; p++)
        if (!strncmp(p, name, n)) {
            unsigned v = 0;
            for (p += n; *p >= '0' && *p <= '9'; p++)
                v = v * 10 + (unsigned)(*p - '0');
            return v ? v : otherwise;
        }
    return otherwise;
}

int main(uint64_t hart, const void *dtb)
{
    console_init();
    map_pages();
    if (fdt_harts(dtb) < 2) {
        print("litmus needs two harts (--cpus 2)\n");
        return 2;
    }
    rounds = option(fdt_bootargs(dtb), "rounds=", rounds);
    print("litmus: harts 0 and 1, %u rounds\n", rounds);
    both((unsigned)hart);
    print("verdict: %s\n", failures ? "FAIL" : "PASS");
    return failures ? 1 : 0;
}
