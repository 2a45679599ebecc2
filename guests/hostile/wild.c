/* Loads and stores of every width at physical addresses where nothing is, and anywhere else. */
#include "hostile.h"

#define COUNT 3000

static void load8(uint64_t a) { (void)*(volatile uint8_t *)a; }
static void load16(uint64_t a) { (void)*(volatile uint16_t *)a; }
static void load32(uint64_t a) { (void)*(volatile uint32_t *)a; }
static void load64(uint64_t a) { (void)*(volatile uint64_t *)a; }
static void store8(uint64_t a) { *(volatile uint8_t *)a = 0xa5; }
static void store16(uint64_t a) { *(volatile uint16_t *)a = 0xa5a5; }
static void store32(uint64_t a) { *(volatile uint32_t *)a = 0xa5a5a5a5; }
static void store64(uint64_t a) { *(volatile uint64_t *)a = 0xa5a5a5a5a5a5a5a5; }
static void add64(uint64_t a) { __asm__ volatile("amoadd.d zero, %0, (%1)" ::"r"(1ul), "r"(a & ~7ul) : "memory"); }
static void reserve(uint64_t a)
{
    __asm__ volatile("lr.d t0, (%0); sc.d t0, t0, (%0)" ::"r"(a & ~7ul) : "t0", "memory");
}

static void (*const accesses[])(uint64_t) = {load8,  load16,  load32,  load64,  store8,
                                             store16, store32, store64, add64, reserve};
#define ACCESSES (sizeof accesses / sizeof accesses[0])

/* Where what is overwritten is missed by nobody, or the access is refused. */
static int harmless(uint64_t a)
{
    return a - RAM >= ram_end - RAM && a - 0x00100000 >= 0x80000000 - 0x00100000ul;
}

struct tally attack_addresses(void)
{
    struct tally t = {0, 0};
    for (int i = 0; i < COUNT; i++) {
        unsigned kind = (unsigned)random_below(ACCESSES);
        uint64_t a = nowhere();
        if (try(&t, accesses[kind], a) == NO_TRAP)
            escaped("access %u at %lx, where nothing is, went through", kind, a);
        a = nasty();
        if (harmless(a))
            try(&t, accesses[kind], a);
        /* The last bytes of RAM and what lies behind them, in one access. */
        uint64_t across = ram_end - 1 - random_below(7);
        if (kind >= 1 && kind <= 3 && across + (1ul << kind) > ram_end && try(&t, accesses[kind], across) == NO_TRAP)
            escaped("access %u at %lx, across the end of RAM, went through", kind, across);
    }
    return t;
}
