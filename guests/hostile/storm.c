/* Interrupts in floods, sleep that races with what should end it, and other harts that disturb all the while. */
#include "hostile.h"

#define SBI_IPI 0x735049
#define SBI_RFENCE 0x52464e43
#define SBI_RFENCE_FENCE_I 0
#define SBI_RFENCE_SFENCE 1
#define SBI_HSM 0x48534d
#define SBI_HSM_START 0
#define SIP_SSIP 2
#define SOURCES 96
#define CONTEXT 1
#define UART_IER (UART + 1)
#define SLEEPS 400

static void ring_oneself(uint64_t count)
{
    while (count--)
        csr_set(sip, SIP_SSIP);
}

static void call_oneself(uint64_t count)
{
    while (count--)
        sbi_call(SBI_IPI, 0, 1, 0, 0);
}

/* Nothing else is executed until the last has come. */
static void flood_timer(uint64_t count)
{
    timer_storm = (unsigned)count;
    timer_at(0);
}

void enable_sources(uint32_t word)
{
    for (unsigned w = 0; w < 4; w++)
        out32(PLIC + 0x2000 + 0x80 * CONTEXT + 4 * w, word);
}

/* Every source enabled for this hart, and the UART, which has always something to say, among them. */
static void flood_controller(uint64_t count)
{
    device_storm = (unsigned)count;
    for (unsigned s = 1; s <= SOURCES; s++)
        out32(PLIC + 4ul * s, (uint32_t)random_below(8));
    out32(PLIC + 4ul * UART_IRQ, 7);
    out32(PLIC + 0x200000 + 0x1000 * CONTEXT, 0);
    enable_sources(0xffffffff);
    while (device_storm)
        out8(UART_IER, 2); /* transmitter empty */
}

struct tally attack_interrupts(void)
{
    struct tally t = {0, 0};
    try(&t, ring_oneself, 5000);
    try(&t, call_oneself, 2000);
    try(&t, flood_timer, 20000);
    try(&t, flood_controller, 5000);
    return t;
}

/* Falls asleep a few ticks before, at, or after the moment that ends it; with interrupts on and off. */
static void doze(uint64_t ticks)
{
    irq_off();
    timer_at(csr_read(time) + ticks);
    if (ticks & 1)
        irq_on();
    __asm__ volatile("wfi");
    irq_on();
}

struct tally attack_sleep(void)
{
    struct tally t = {0, 0};
    for (uint64_t i = 0; i < SLEEPS; i++)
        try(&t, doze, i % 64);
    timer_at(csr_read(time));
    return t;
}

static char other_stacks[MAX_HARTS][4096] __attribute__((aligned(16)));
extern char other_hart_entry[];

/* Entered from start.S on every hart but the first: interrupts it, and has it flush what it knows, without end. */
void other_hart(uint64_t hart) __attribute__((noreturn));
void other_hart(uint64_t hart)
{
    static volatile uint64_t shared;
    for (uint64_t i = hart;; i++) {
        __atomic_fetch_add(&shared, i, __ATOMIC_SEQ_CST);
        if (i % 16 == 0)
            sbi_call(SBI_IPI, 0, 1, 0, 0);
        if (i % 64 == 0)
            sbi_call(SBI_RFENCE, i % 128 ? SBI_RFENCE_FENCE_I : SBI_RFENCE_SFENCE, 1, 0, i << 12);
    }
}

void start_other_harts(void)
{
    for (unsigned hart = 1; hart < fdt_harts(tree) && hart < MAX_HARTS; hart++)
        sbi_call(SBI_HSM, SBI_HSM_START, hart, (uint64_t)other_hart_entry, (uint64_t)other_stacks[hart] + 4096);
}
