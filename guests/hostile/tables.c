/* Page tables that lie: pages beyond RAM, tables in devices or nowhere, loops, reserved bits, superpages astray. */
#include "hostile.h"

#define COUNT 1500
#define V 0x01ul
#define R 0x02ul
#define W 0x04ul
#define X 0x08ul
#define A 0x40ul
#define D 0x80ul
#define LEAF (V | R | W | X | A | D)
#define PTE(pa, flags) (((uint64_t)(pa) >> 12 & 0xffffffffffful) << 10 | (flags))
#define MODE_SV39 (8ul << 60)
#define LEVELS_MAX 5
#define OWN 2 /* the gigapage of RAM that this program lies in stays as it is */

static uint64_t table[LEVELS_MAX][512] __attribute__((aligned(4096)));

static void touch(uint64_t va)
{
    (void)*(volatile uint64_t *)va;
}

static void scribble(uint64_t va)
{
    *(volatile uint64_t *)va = 0x5a5a5a5a5a5a5a5a;
}

static void jump(uint64_t va)
{
    ((void (*)(void))va)();
}

/* Tables of that many levels in which RAM's first gigapage is where it is, and nothing else anywhere. */
static void identity(int levels)
{
    memset(table, 0, sizeof table);
    for (int i = 0; i < levels - 3; i++)
        table[i][0] = PTE(table[i + 1], V);
    table[levels - 3][OWN] = PTE(RAM, LEAF);
}

static uint64_t hostile_entry(void)
{
    uint64_t pa;
    switch (random_below(6)) {
    case 0:
        pa = nowhere();
        break;
    case 1:
        pa = (uint64_t)table[random_below(LEVELS_MAX)]; /* tables that map tables, or themselves */
        break;
    case 2:
        pa = UART; /* walked as a table */
        break;
    case 3:
        pa = ram_end - PAGE;
        break;
    case 4:
        return random64();
    default:
        pa = random64();
    }
    return PTE(pa, random_below(2) ? V : LEAF & (random64() | V));
}

static void with_tables(int levels, void (*access)(uint64_t), uint64_t va, struct tally *t)
{
    csr_write(satp, MODE_SV39 + ((uint64_t)(levels - 3) << 60) + ((uint64_t)table >> 12));
    __asm__ volatile("sfence.vma" ::: "memory");
    try(t, access, va);
    csr_write(satp, 0);
    __asm__ volatile("sfence.vma" ::: "memory");
}

/* A page, or a superpage, whose physical address is where nothing is. */
static void map_nowhere(int levels, struct tally *t)
{
    static void (*const accesses[])(uint64_t) = {touch, scribble, jump};
    uint64_t refused = t->refused, pa = ram_end + random_below(1ul << 29);
    identity(levels);
    int size = (int)random_below(3); /* a page, a megapage, a gigapage */
    uint64_t *pte = &table[levels - 3][OWN + 1];
    uint64_t va = (OWN + 1ul) << 30;
    if (size < 2) {
        *pte = PTE(table[levels - 2], V);
        pte = &table[levels - 2][0];
    }
    if (size < 1) {
        *pte = PTE(table[levels - 1], V);
        pte = &table[levels - 1][0];
    }
    *pte = PTE(pa & -(PAGE << 9 * size), LEAF);
    if ((pa & -(PAGE << 9 * size)) < ram_end)
        return; /* rounded down into RAM: allowed */
    with_tables(levels, accesses[random_below(3)], va + (pa & ((PAGE << 9 * size) - 8)), t);
    if (t->refused == refused)
        escaped("a page at %lx, where nothing is, could be used", pa);
}

struct tally attack_tables(void)
{
    struct tally t = {0, 0};
    for (int i = 0; i < COUNT; i++) {
        int levels = 3 + (int)random_below(3);
        map_nowhere(levels, &t);
        identity(levels);
        for (int j = 0; j < 8; j++)
            table[levels - 3][OWN + 1 + random_below(508)] = hostile_entry();
        for (int j = 0; j < 8; j++)
            table[levels - 2][random_below(512)] = table[levels - 1][random_below(512)] = hostile_entry();
        table[levels - 3][OWN + 1] = PTE(table[levels - 2], V);
        uint64_t va = (OWN + 1ul) << 30 | random_below(1ul << 30);
        if (random_below(2))
            va = nasty();
        if (va >> 30 != OWN)
            with_tables(levels, touch, va, &t);
    }
    return t;
}
