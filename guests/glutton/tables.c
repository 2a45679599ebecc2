/* Page tables that take the hypervisor the longest to follow, or to check. */
#include "glutton.h"
#include "machine.h"
#include "pte.h"

#define ENTRIES 512
#define SPACES 16 /* more than the hypervisor remembers */
#define REGIONS 250
#define GIGAPAGE (MEGAPAGE << 9)
#define PTE_OWN (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)

static uint64_t *table(uint64_t number)
{
    return (uint64_t *)(large() + number * PAGE);
}

/* The hart's own program is where it is; from the fifth gigabyte on, every entry leads to the one table of pages. */
static void make_space(uint64_t *root, const uint64_t *middle)
{
    root[0] = PTE(0, PTE_OWN);
    root[2] = PTE(2 * GIGAPAGE, PTE_OWN | PTE_X);
    for (unsigned i = 4; i < 4 + REGIONS; i++)
        root[i] = PTE(middle, PTE_V);
}

/* A page in another region and another part of it each time. */
static volatile uint64_t *page(uint64_t n)
{
    return (volatile uint64_t *)((4 + n % REGIONS) * GIGAPAGE + n % ENTRIES * (MEGAPAGE + PAGE));
}

/* One table of pages in a hundred thousand places of sixteen spaces, all used; all of its entries change, again and again. */
void shadows(void)
{
    uint64_t *leaves = table(0), *middle = table(1);
    for (unsigned i = 0; i < ENTRIES; i++) {
        leaves[i] = PTE(table(2 + SPACES + i), PTE_OWN);
        middle[i] = PTE(leaves, PTE_V);
    }
    for (unsigned space = 0; space < SPACES; space++)
        make_space(table(2 + space), middle);
    for (uint64_t n = 0;; n++) {
        csr_write(satp, MODE_SV39 | n % SPACES << 44 | (uint64_t)table(2 + n % SPACES) / PAGE);
        for (unsigned i = 0; i < ENTRIES; i++)
            *page(n + i) += 1;
        for (unsigned i = 0; i < ENTRIES; i++)
            leaves[i] = leaves[(i + n) % ENTRIES];
        __asm__ volatile("sfence.vma" ::: "memory");
        sbi_call(SBI_BASE, SBI_BASE_PROBE, n, 0, 0);
    }
}

static void require(struct sbi_result r, const char *what)
{
    if (r.error)
        panic("%s: error %ld", what, r.error);
}

/* A call that is made until nothing is left of its work. */
static void finish_call(uint64_t function, uint64_t argument, uint64_t level)
{
    struct sbi_result r;
    do {
        r = tables_call(function, argument, level);
        require(r, "tables");
        if (function == TABLES_UNPIN)
            function = TABLES_SETTLE;
    } while (r.value);
}

/* A tree of as many tables as there is room for, each full, is registered, changed and given up. */
void tables(void)
{
    static struct update batch[UPDATES_MAX];
    uint64_t machine = (uint64_t)tables_call(TABLES_MACHINE_ADDRESS, large(), 0).value - large();
    uint64_t pages = large_size() / PAGE, middles = pages / 2 / ENTRIES, leaves = middles * ENTRIES;
    uint64_t first = 1 + middles, rest = first + leaves;
    if ((uint64_t)tables_call(TABLES_CONTIGUOUS, large(), 0).value < large_size())
        panic("the board's memory is in pieces");
    for (uint64_t i = 0; i < middles; i++)
        table(0)[i] = PTE((uint64_t)table(1 + i) + machine, PTE_V);
    for (uint64_t i = 0; i < leaves; i++)
        table(1)[i] = PTE((uint64_t)table(first + i) + machine, PTE_V);
    for (uint64_t i = 0; i < leaves * ENTRIES; i++)
        table(first)[i] = PTE((uint64_t)table(rest + i % (pages - rest)) + machine, PTE_OWN);
    for (uint64_t n = 0;; n++) {
        finish_call(TABLES_PIN, large(), 2);
        for (unsigned i = 0; i < UPDATES_MAX; i++)
            batch[i] = (struct update){(uint64_t)&table(first + n % leaves)[i], 0};
        for (uint64_t done = 0; done < UPDATES_MAX;) {
            struct sbi_result r = tables_call(TABLES_UPDATE, (uint64_t)(batch + done), UPDATES_MAX - done);
            require(r, "update");
            done += (uint64_t)r.value;
        }
        finish_call(TABLES_UNPIN, large(), 0);
    }
}
