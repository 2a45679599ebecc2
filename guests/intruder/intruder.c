/*
 * Attacks, and a line for each with how many tries were refused. Boot arguments: rounds=N (1), seed=N (by the clock).
 * The machine ends with code 1 if something got through that must not, after saying what.
 */
#include "intruder.h"

const void *tree;
uint64_t ram, ram_end;
extern uint64_t recovery; /* start.S: not 0 while an attempt is going on */

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

/* An exception ends the attempt; without one, this guest itself is wrong. */
void on_trap(struct trap_frame *unused)
{
    (void)unused;
    long cause = (long)csr_read(scause);
    if (!recovery) {
        print("intruder: a defect of its own: exception %ld at %lx, stval %lx\n", cause, csr_read(sepc), csr_read(stval));
        finish(2);
    }
    abandon(cause);
}

void escaped(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print("intruder: ESCAPE: ");
    vprint(format, args);
    print("\n");
    va_end(args);
    escapes++;
}

void refused(struct tally *t, long error, const char *what, uint64_t value)
{
    t->tried++;
    if (error)
        t->refused++;
    else
        escaped("%s (%lx) was accepted", what, value);
}

void trapped(struct tally *t, void (*call)(uint64_t), uint64_t argument, const char *what)
{
    refused(t, attempt(call, argument) != NO_TRAP, what, argument);
}

void granted(long error, const char *what)
{
    if (error) {
        print("intruder: a defect: %s was refused: %ld\n", what, error);
        finish(3);
    }
}

static const struct {
    const char *name;
    struct tally (*attack)(void);
} attacks[] = {
    {"foreign", attack_foreign}, {"writable", attack_writable}, {"entries", attack_entries}, {"stores", attack_stores},
    {"dma", attack_dma},         {"calls", attack_calls},       {"roots", attack_roots},     {"race", attack_race},
};

static void round_of_attacks(uint64_t number)
{
    print("intruder: round %lu:", number);
    for (unsigned i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct tally t = attacks[i].attack();
        print(" %s %lu/%lu", attacks[i].name, t.refused, t.tried);
    }
    print(" refused\n");
}

void intruder_main(uint64_t hart, const void *dtb) __attribute__((noreturn));
void intruder_main(uint64_t hart, const void *dtb)
{
    (void)hart;
    struct fdt_device memory;
    tree = dtb;
    if (!fdt_memory(dtb, &memory)) {
        print("intruder: the tree tells of no memory\n");
        finish(4);
    }
    ram = memory.reg[0];
    ram_end = ram + memory.reg[1];
    state = fdt_argument(dtb, "seed", csr_read(time)) | 1;
    if (!machine_init(ram, memory.reg[1])) {
        print("intruder: the hypervisor does not register page tables; run it with --mmu direct\n");
        finish(6);
    }
    uint64_t rounds = fdt_argument(dtb, "rounds", 1);
    print("intruder: RAM to %lx, its beginning at %lx on the board, seed %lu\n", ram_end, machine_of(ram), state);
    lab_build();
    for (uint64_t n = 1; n <= rounds; n++)
        round_of_attacks(n);
    print("intruder: verdict: %s\n", escapes ? "ESCAPED" : "CONTAINED");
    finish(escapes != 0);
}
