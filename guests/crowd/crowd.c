/*
 * All harts of a board at once, as many as it has: each must be counted, woken, timed and interrupted as itself, and
 * code that any of them changes must be new for all. Prints a line for each subject; ends with code 0 if all is well.
 */
#include "guest.h"

#define MSIP (CLINT + 0)
#define MTIMECMP (CLINT + 0x4000)
#define MTIME (CLINT + 0xbff8)
#define NEVER (~0ul)
#define MIE_SOFTWARE (1ul << 3)
#define MIE_TIMER (1ul << 7)
#define MIE_EXTERNAL (1ul << 11)
#define UART_IER (UART + 1)
#define UART_IIR (UART + 2)
#define UART_THRE 2
#define ROUNDS 1000
#define PAGE 4096

static unsigned harts;
static unsigned arrived;
static unsigned generation;

static void ring(unsigned hart) { out32(MSIP + 4ul * hart, 1); }

/* Asleep until the hart's bit of `which` is pending. Interrupts are enabled one by one and never taken. */
static void sleep_for(uint64_t which)
{
    csr_set(mie, which);
    while (!(csr_read(mip) & which))
        __asm__ volatile("wfi");
    csr_clear(mie, which);
}

/* What it was rung for must be looked at afterwards. */
static void sleep_until_rung(uint64_t hart)
{
    sleep_for(MIE_SOFTWARE);
    out32(MSIP + 4ul * hart, 0);
}

/* The last to come wakes the others: nobody spins, for the host may have far fewer CPUs. */
static void meet(uint64_t hart)
{
    unsigned now = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL) == harts) {
        arrived = 0;
        __atomic_store_n(&generation, now + 1, __ATOMIC_RELEASE);
        for (unsigned h = 0; h < harts; h++)
            if (h != hart)
                ring(h);
        return;
    }
    while (__atomic_load_n(&generation, __ATOMIC_ACQUIRE) == now)
        sleep_until_rung(hart);
}

static unsigned wrong;

static void check(int good) { __atomic_fetch_add(&wrong, !good, __ATOMIC_RELAXED); }

/* Hart 0 says how a subject ended, between two meetings. */
static void report(uint64_t hart, const char *subject)
{
    meet(hart);
    if (hart == 0)
        print("%s: %s\n", subject, wrong ? "FAIL" : "ok");
    meet(hart);
}

/* ---------------------------------------------------------------- memory */

static uint64_t added, guarded;

static void count(uint64_t hart)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        __atomic_fetch_add(&added, hart + 1, __ATOMIC_RELAXED);
        uint64_t seen = __atomic_load_n(&guarded, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(&guarded, &seen, seen + 1, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        }
    }
    meet(hart);
    check(added == (uint64_t)ROUNDS * harts * (harts + 1) / 2);
    check(guarded == (uint64_t)ROUNDS * harts);
    report(hart, "atomics");
}

/* ---------------------------------------------------------------- interrupts of the harts */

static unsigned turn;

/* A token goes round: each hart is woken by the one before it. */
static void pass_on(uint64_t hart)
{
    unsigned next = (unsigned)(hart + 1) % harts;
    while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != hart)
        sleep_until_rung(hart);
    __atomic_store_n(&turn, (unsigned)hart + 1, __ATOMIC_RELEASE);
    if (next != 0)
        ring(next);
    report(hart, "software interrupts");
}

static void wait_a_time(uint64_t hart)
{
    uint64_t until = *(volatile uint64_t *)MTIME + 1000 * (hart + 1);
    out64(MTIMECMP + 8 * hart, until);
    sleep_for(MIE_TIMER);
    check(*(volatile uint64_t *)MTIME >= until);
    out64(MTIMECMP + 8 * hart, NEVER);
    check(!(csr_read(mip) & MIE_TIMER));
    report(hart, "timers");
}

/* ---------------------------------------------------------------- external interrupts */

static void enable_uart(uint64_t context, uint32_t on)
{
    out32(PLIC + 0x2000 + 0x80 * context, on << UART_IRQ);
    out32(PLIC + 0x200000 + 0x1000 * context, 0);
}

/* Each hart in its turn is the only one that the UART interrupts. */
static void be_interrupted(uint64_t hart)
{
    uint64_t context = 2 * hart;
    for (unsigned h = 0; h < harts; h++) {
        if (h == hart) {
            out32(PLIC + 4 * UART_IRQ, 1);
            enable_uart(context, 1);
            out8(UART_IER, UART_THRE);
            sleep_for(MIE_EXTERNAL);
            uint32_t source = in32(PLIC + 0x200004 + 0x1000 * context);
            check(source == UART_IRQ);
            out8(UART_IER, 0);
            (void)in8(UART_IIR);
            out32(PLIC + 0x200004 + 0x1000 * context, source);
            enable_uart(context, 0);
        }
        meet(hart);
        check(!(csr_read(mip) & MIE_EXTERNAL));
    }
    report(hart, "external interrupts");
}

/* ---------------------------------------------------------------- code */

#define LI_A0(value) (0x00000513u | (uint32_t)(value) << 20)
#define RET 0x00008067u

static uint32_t code[PAGE / 4] __attribute__((aligned(PAGE)));

static unsigned call(void)
{
    __asm__ volatile("fence rw, rw\n fence.i" ::: "memory");
    return ((unsigned (*)(void))code)();
}

/* Each hart in its turn changes a function that all have called, in a page that all have written to. */
static void change_code(uint64_t hart)
{
    code[PAGE / 4 - 1 - hart] = (uint32_t)hart;
    if (hart == 0) {
        code[0] = LI_A0(7);
        code[1] = RET;
    }
    meet(hart);
    check(call() == 7);
    for (unsigned h = 0; h < harts; h++) {
        meet(hart);
        if (h == hart) {
            code[PAGE / 4 - 1 - hart] += 1; /* the page is in no write TLB any more, or is it? */
            code[0] = LI_A0(100 + h);
        }
        meet(hart);
        check(call() == 100 + h);
    }
    check(code[PAGE / 4 - 1 - hart] == hart + 1);
    report(hart, "code");
}

static uint32_t plain[PAGE / 4] __attribute__((aligned(PAGE)));

/* A page that each hart goes on writing to becomes code: the very next store of every one must be seen. */
static void become_code(uint64_t hart)
{
    uint32_t *function = plain + 16 * hart;
    function[0] = LI_A0(hart);
    function[1] = RET;
    meet(hart);
    for (unsigned h = 0; h < harts; h++) {
        if (h == hart) {
            __asm__ volatile("fence.i" ::: "memory");
            check(((unsigned (*)(void))function)() == hart);
            function[0] = LI_A0(200 + hart);
            __asm__ volatile("fence.i" ::: "memory");
            check(((unsigned (*)(void))function)() == 200 + hart);
        }
        meet(hart);
    }
    report(hart, "new code");
}

static void everything(uint64_t hart)
{
    csr_clear(mstatus, 8);
    out64(MTIMECMP + 8 * hart, NEVER);
    meet(hart);
    count(hart);
    pass_on(hart);
    wait_a_time(hart);
    be_interrupted(hart);
    change_code(hart);
    become_code(hart);
}

void hart_main(uint64_t hart)
{
    while (!__atomic_load_n(&harts, __ATOMIC_ACQUIRE)) {
    }
    everything(hart);
}

int main(uint64_t hart, const void *dtb)
{
    console_init();
    __atomic_store_n(&harts, fdt_harts(dtb), __ATOMIC_RELEASE);
    everything(hart);
    print("%u harts: %s\n", harts, wrong ? "FAIL" : "PASS");
    return wrong != 0;
}
