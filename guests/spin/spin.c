/*
 * Harts that wait for one another in loops. A baton goes round all of them, and each waits for it by looking again and
 * again, in one of the ways that real locks and idle harts do: none says that it sleeps. A host that executes one hart at a time must
 * notice, or each hand-over takes the turn of every other hart.
 */
#include "guest.h"

#define ROUNDS 100

/* Each hart's own gate, in a cache line of its own: 0 is open. */
static struct {
    unsigned shut;
    unsigned pad[15];
} gates[MAX_HARTS];

static unsigned harts;
static unsigned passed;
static unsigned begun = 1;
static unsigned lost;

static void by_load(unsigned *gate)
{
    while (__atomic_load_n(gate, __ATOMIC_ACQUIRE))
        ;
}

/* As xv6 does. */
static void by_swap(unsigned *gate)
{
    while (__sync_lock_test_and_set(gate, 1))
        ;
}

static void by_compare(unsigned *gate)
{
    unsigned open = 0;
    while (!__atomic_compare_exchange_n(gate, &open, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        open = 0;
}

static void by_reservation(unsigned *gate)
{
    unsigned shut;
    do
        __asm__ volatile("lr.w.aq %0, (%1)" : "=r"(shut) : "r"(gate) : "memory");
    while (shut);
}

/* As Linux does: the loop says what it is. */
static void by_pause(unsigned *gate)
{
    while (__atomic_load_n(gate, __ATOMIC_ACQUIRE))
        __asm__ volatile(".word 0x0100000f" ::: "memory"); /* pause */
}

static void by_wait(unsigned *gate)
{
    unsigned shut;
    for (;;) {
        __asm__ volatile("lr.w.aq %0, (%1)" : "=r"(shut) : "r"(gate) : "memory");
        if (!shut)
            return;
        __asm__ volatile(".word 0x00d00073" ::: "memory"); /* wrs.nto */
    }
}

/* As a hart of xv6 without work does: through a table, with stores, again and again. */
static void by_walk(unsigned *gate)
{
    static volatile unsigned table[64];
    while (__atomic_load_n(gate, __ATOMIC_ACQUIRE))
        for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
            table[i] = i;
}

static const struct {
    const char *name;
    void (*wait)(unsigned *gate);
} ways[] = {
    {"load", by_load},   {"swap", by_swap}, {"compare", by_compare}, {"reservation", by_reservation},
    {"pause", by_pause}, {"wait", by_wait}, {"walk", by_walk},
};
#define WAYS (sizeof ways / sizeof *ways)

static void open(unsigned *gate) { __atomic_store_n(gate, 0, __ATOMIC_RELEASE); }

/* Hart 0 begins each round and ends it. */
static void carry(uint64_t hart)
{
    unsigned next = (unsigned)(hart + 1) % harts;
    for (unsigned way = 0; way < WAYS; way++) {
        for (unsigned round = 0; round < ROUNDS; round++) {
            if (hart == 0)
                open(&gates[next].shut);
            ways[way].wait(&gates[hart].shut);
            gates[hart].shut = 1;
            passed++;
            if (hart != 0)
                open(&gates[next].shut);
        }
        if (hart == 0) {
            unsigned good = passed == (way + 1) * ROUNDS * harts;
            lost += !good;
            print("%s: %s\n", ways[way].name, good ? "ok" : "FAIL");
        }
    }
}

void hart_main(uint64_t hart)
{
    by_load(&begun); /* a gate like the others */
    carry(hart);
    for (;;)
        __asm__ volatile("wfi");
}

int main(uint64_t hart, const void *dtb)
{
    console_init();
    harts = fdt_harts(dtb);
    for (unsigned h = 0; h < harts; h++)
        gates[h].shut = 1;
    open(&begun);
    carry(hart);
    print("%u harts: %s\n", harts, lost ? "FAIL" : "PASS");
    return lost != 0;
}
