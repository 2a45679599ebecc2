/* Every kind of store to a table, every way to get at it. */
#include "intruder.h"

static uint64_t *table; /* what is attacked */
static uint64_t before[512];

static void store8(uint64_t a) { *(volatile uint8_t *)a = 0x5a; }
static void store16(uint64_t a) { *(volatile uint16_t *)a = 0x5a5a; }
static void store32(uint64_t a) { *(volatile uint32_t *)a = 0x5a5a5a5a; }
static void store64(uint64_t a) { *(volatile uint64_t *)a = 0x5a5a5a5a5a5a5a5a; }
static void across(uint64_t a) { __asm__ volatile("sd %0, -4(%1)" ::"r"(-1ul), "r"(a) : "memory"); }
static void swap(uint64_t a) { __asm__ volatile("amoswap.d zero, %0, (%1)" ::"r"(-1ul), "r"(a) : "memory"); }
static void or(uint64_t a) { __asm__ volatile("amoor.w zero, %0, (%1)" ::"r"(-1ul), "r"(a) : "memory"); }

static void conditional(uint64_t a)
{
    uint64_t old;
    __asm__ volatile("lr.d %0, (%1); sc.d %0, %2, (%1)" : "=&r"(old) : "r"(a), "r"(-1ul) : "memory");
}

/* cbo.zero, where there is any: elsewhere it traps as well. */
static void zero(uint64_t a)
{
    register uint64_t a0 __asm__("a0") = a;
    __asm__ volatile(".word 0x0045200f" ::"r"(a0) : "memory");
}

static void (*const stores[])(uint64_t) = {store8, store16, store32, store64, across, swap, or, conditional, zero};
#define STORES (sizeof stores / sizeof stores[0])

static void unchanged(const char *how)
{
    if (memcmp(before, table, PAGE))
        escaped("a table was changed %s", how);
}

/* Stores through a virtual address, or with translation off. */
static void storm(struct tally *t, uint64_t at, int off, const char *how)
{
    for (unsigned i = 0; i < STORES; i++) {
        if (off)
            bare();
        long cause = attempt(stores[i], at);
        paged();
        refused(t, cause != NO_TRAP, how, i);
        unchanged(how);
    }
}

/* The page can be written to, and has been, when its mapping goes; nobody fences, and it becomes a table. */
static void stale(struct tally *t)
{
    uint64_t *page = page_take();
    volatile uint64_t *at = (volatile uint64_t *)(LAB + 10 * PAGE);
    granted(set_entry(&lab[10], own(page, PTE_KERNEL)), "a page of its own");
    __asm__ volatile("sfence.vma" ::: "memory");
    at[7] = 0x1230;
    if (page[7] != 0x1230)
        granted(1, "a store to a page of its own");
    refused(t, pin(page, 0), "a page that can be written to, as a table", (uint64_t)page);
    granted(set_entry(&lab[10], 0), "to unmap it");
    granted(pin(page, 0), "the page as a table, once it cannot be written to");
    table = page;
    memcpy(before, page, PAGE);
    storm(t, LAB + 10 * PAGE, 0, "through an address that has been unmapped but not fenced");
    storm(t, (uint64_t)page, 1, "with translation off");
    granted(unpin(page), "to let it go");
    poke(&page[7], 0); /* and now it may be written to again */
}

struct tally attack_stores(void)
{
    struct tally t = {0, 0};
    table = lab;
    memcpy(before, lab, PAGE);
    storm(&t, (uint64_t)lab, 0, "through its page to read");
    storm(&t, (uint64_t)lab, 1, "with translation off");
    stale(&t);
    return t;
}
