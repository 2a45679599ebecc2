/*
 * Rounds of attacks with a line for each. Boot arguments: rounds=N (0, for ever), seed=N (by the clock). The machine
 * ends with code 1 if something got through that must not, after saying what.
 */
#include "hostile.h"

#define STIMECMP "0x14d"
#define CAUSE_INTERRUPT (1ul << 63)
#define CAUSE_SOFTWARE (CAUSE_INTERRUPT | 1)
#define CAUSE_TIMER (CAUSE_INTERRUPT | 5)
#define CAUSE_EXTERNAL (CAUSE_INTERRUPT | 9)
#define SIE_ALL (1u << 1 | 1u << 5 | 1u << 9)
#define SSTATUS_SIE 2
#define SIP_SSIP 2
#define UART_IER (UART + 1)
#define PLIC_CLAIM (PLIC + 0x201004) /* context 1: hart 0 in supervisor mode */

/* A timer interrupt comes this often while something is tried; what is still going on at the second is abandoned. */
#define PATIENCE 50000 /* ticks of 100 ns */

const void *tree;
uint64_t ram_end;
volatile uint64_t interrupts;
volatile unsigned timer_storm, device_storm;
extern uint64_t recovery; /* start.S: not 0 while an attempt is going on */

static int has_stimecmp;
static volatile uint64_t attempts, attempt_at_last_tick;
static uint64_t escapes, state;

void put(char c)
{
    if (c == '\n')
        put('\r');
    while (!(in8(UART + 5) & 0x20)) /* transmitter empty */
        ;
    out8(UART, (uint8_t)c);
}

/* xorshift64* */
uint64_t random64(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dul;
}

uint64_t random_below(uint64_t n)
{
    return random64() % n;
}

uint64_t nasty(void)
{
    uint64_t power = 1ul << random_below(64);
    switch (random_below(8)) {
    case 0:
        return power;
    case 1:
        return power - 1 - random_below(16);
    case 2:
        return -power;
    case 3:
        return ram_end - 8 + random_below(16);
    case 4:
        return RAM - 8 + random_below(16);
    case 5:
        return random_below(64);
    case 6:
        return -random_below(64) - 1;
    default:
        return random64();
    }
}

uint64_t nowhere(void)
{
    switch (random_below(3)) {
    case 0:
        return 64 + random_below(PAGE - 128);
    case 1:
        return ram_end + random_below(1ul << 30);
    default:
        return (1ul << 45) + random_below(1ul << 55);
    }
}

void timer_at(uint64_t when)
{
    if (has_stimecmp)
        __asm__ volatile("csrw " STIMECMP ", %0" ::"r"(when));
    else
        sbi_call(SBI_TIME, SBI_TIME_SET, when, 0, 0);
}

void irq_on(void)
{
    csr_set(sstatus, SSTATUS_SIE);
}

void irq_off(void)
{
    csr_clear(sstatus, SSTATUS_SIE);
}

static void tick(void)
{
    if (timer_storm) {
        timer_storm--;
        timer_at(0);
        return;
    }
    int stuck = recovery && attempt_at_last_tick == attempts;
    attempt_at_last_tick = attempts;
    timer_at(csr_read(time) + PATIENCE);
    if (stuck) {
        csr_write(satp, 0);
        __asm__ volatile("sfence.vma");
        abandon(TOO_LONG);
    }
}

/*
 * Completed without anything done about it, so that it comes again. Outside a storm the device is not known that an
 * attack has made interrupt: all are cut off, else nothing but this would ever be executed again.
 */
static void external(void)
{
    if (!device_storm || !--device_storm) {
        out8(UART_IER, 0);
        enable_sources(0);
    }
    out32(PLIC_CLAIM, in32(PLIC_CLAIM));
}

/* An exception ends the attempt; without one, this guest itself is wrong. */
void on_trap(struct trap_frame *frame)
{
    uint64_t cause = csr_read(scause);
    if (cause >> 63) {
        interrupts++;
        if (cause == CAUSE_SOFTWARE)
            csr_clear(sip, SIP_SSIP);
        else if (cause == CAUSE_TIMER)
            tick();
        else if (cause == CAUSE_EXTERNAL)
            external();
        return;
    }
    csr_write(satp, 0);
    __asm__ volatile("sfence.vma");
    if (!recovery) {
        print("hostile: a defect of its own: exception %lu at %lx, stval %lx\n", cause, frame->epc, csr_read(stval));
        finish(2);
    }
    abandon((long)cause);
}

long try(struct tally *t, void (*call)(uint64_t), uint64_t argument)
{
    attempts++;
    long cause = attempt(call, argument);
    t->tried++;
    t->refused += cause != NO_TRAP;
    return cause;
}

void escaped(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print("hostile: ESCAPE: ");
    vprint(format, args);
    print("\n");
    va_end(args);
    escapes++;
}

static const struct {
    const char *name;
    struct tally (*attack)(void);
} attacks[] = {
    {"addresses", attack_addresses}, {"tables", attack_tables}, {"calls", attack_calls},
    {"interrupts", attack_interrupts}, {"sleep", attack_sleep}, {"code", attack_code},
    {"words", attack_words}, {"registers", attack_registers}, {"devices", attack_devices},
};

static void round_of_attacks(uint64_t number)
{
    print("hostile: round %lu:", number);
    for (unsigned i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct tally t = attacks[i].attack();
        print(" %s %lu/%lu", attacks[i].name, t.refused, t.tried);
    }
    print(" refused; %lu interrupts\n", interrupts);
}

void hostile_main(uint64_t hart, const void *dtb);
void hostile_main(uint64_t hart, const void *dtb)
{
    struct fdt_device memory;
    tree = dtb;
    has_stimecmp = fdt_has_extension(dtb, "sstc");
    ram_end = fdt_memory(dtb, &memory) ? memory.reg[0] + memory.reg[1] : RAM + (64ul << 20);
    state = fdt_argument(dtb, "seed", csr_read(time)) | 1;
    uint64_t rounds = fdt_argument(dtb, "rounds", 0);
    print("hostile: on hart %lu, RAM to %lx, seed %lu\n", hart, ram_end, state);
    csr_write(sie, SIE_ALL);
    timer_at(csr_read(time) + PATIENCE);
    irq_on();
    start_other_harts();
    for (uint64_t n = 1; !rounds || n <= rounds; n++)
        round_of_attacks(n);
    print("hostile: verdict: %s\n", escapes ? "ESCAPED" : "CONTAINED");
    finish(escapes != 0);
}
