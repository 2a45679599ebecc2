/*
 * The intruder's own tables. Pages that are tables, or may become ones, come from 2 MiB that are mapped read-only; all
 * other memory is mapped for everything.
 */
#include "intruder.h"

#define POOL (8ul << 20) /* this far into RAM */
#define RWX (PTE_KERNEL | PTE_X)

uint64_t *lab, *lab_middle, *root;
uint64_t root_satp;

static uint64_t taken;

uint64_t *page_take(void)
{
    if (taken == MEGAPAGE) {
        print("intruder: out of pages\n");
        finish(5);
    }
    taken += PAGE;
    return (uint64_t *)(ram + POOL + taken - PAGE);
}

uint64_t own(const void *address, uint64_t bits)
{
    return PTE(machine_of((uint64_t)address), bits);
}

void bare(void)
{
    csr_write(satp, 0);
}

void paged(void)
{
    csr_write(satp, root_satp);
}

void poke(volatile uint64_t *word, uint64_t value)
{
    bare();
    *word = value;
    paged();
}

/* 2 MiB where they are, in pages of 4 KiB. */
static uint64_t *pages(uint64_t address, uint64_t rights)
{
    uint64_t *table = page_take();
    for (int i = 0; i < 512; i++)
        table[i] = PTE(machine_of(address + (uint64_t)i * PAGE), rights);
    return table;
}

void lab_build(void)
{
    uint64_t *middle = page_take();
    root = page_take();
    lab_middle = page_take();
    lab = page_take();
    for (uint64_t at = 0; at < ram_end - ram && at < 512 * MEGAPAGE; at += MEGAPAGE)
        middle[at / MEGAPAGE] = own(pages(ram + at, at == POOL ? PTE_KERNEL & ~PTE_W : RWX), PTE_V);
    root[0] = PTE(machine_device(0), PTE_KERNEL);
    root[ram >> 30] = own(middle, PTE_V);
    root[LAB >> 30] = own(lab_middle, PTE_V);
    lab_middle[0] = own(lab, PTE_V);
    granted(pin(root, 2), "its own root");
    root_satp = MODE_SV39 | 1ul << 44 | machine_of((uint64_t)root) >> 12;
    paged();
}
