/* Address spaces. The kernel's pages are the same in all of them: RAM and devices where they are. */
#include "mmu.h"

#define USER_PAGE (PTE_V | PTE_R | PTE_W | PTE_U)

struct space *current;

void space_init(struct space *s, uint64_t asid)
{
    s->root = root_take();
    s->asid = asid;
    s->lazy_pages = 0;
}

void space_switch(struct space *s)
{
    current = s;
    entries_sync();
    csr_write(satp, MODE_SV39 | s->asid << 44 | machine_of((uint64_t)s->root) >> 12);
}

static void fence(const struct space *s, uint64_t va)
{
    __asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(s->asid) : "memory");
}

static void fence_all(const struct space *s)
{
    __asm__ volatile("sfence.vma zero, %0" ::"r"(s->asid) : "memory");
}

static uint64_t frame_of(uint64_t entry)
{
    return frame_at(PTE_ADDRESS(entry));
}

static uint64_t page(uint64_t frame, uint64_t rights)
{
    return PTE(machine_of(frame), rights);
}

uint64_t *space_entry(struct space *s, uint64_t va, int make)
{
    uint64_t *table = s->root;
    for (int level = 2; level > 0; level--) {
        uint64_t *entry = &table[va >> (12 + 9 * level) & 511];
        if (!(*entry & PTE_V)) {
            if (!make)
                return 0;
            entry_set(entry, page(table_take(), PTE_V));
            entries_sync();
        }
        table = (uint64_t *)frame_of(*entry);
    }
    return &table[va >> 12 & 511];
}

void space_map(struct space *s, uint64_t va, uint64_t frame, uint64_t rights)
{
    entry_set(space_entry(s, va, 1), page(frame, rights));
}

void space_unmap(struct space *s, uint64_t va)
{
    uint64_t *entry = space_entry(s, va, 0);
    if (entry && *entry & PTE_V) {
        uint64_t frame = frame_of(*entry);
        entry_set(entry, 0);
        entries_sync();
        fence(s, va);
        frame_give(frame);
    }
}

void space_fork(struct space *child, struct space *parent, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t va = USER + i * PAGE;
        uint64_t *entry = space_entry(parent, va, 0);
        if (!entry || !(*entry & PTE_V))
            continue;
        uint64_t shared = (*entry & ~PTE_W) | PTE_COW;
        entry_set(entry, shared);
        frame_share(frame_of(shared));
        entry_set(space_entry(child, va, 1), shared & ~(PTE_A | PTE_D));
    }
    entries_sync();
    fence_all(parent);
}

int space_fault(struct space *s, uint64_t va, int write)
{
    va &= -PAGE;
    uint64_t *entry = space_entry(s, va, va - USER < s->lazy_pages * PAGE);
    if (!entry)
        return 0;
    if (!(*entry & PTE_V)) {
        if (va - USER >= s->lazy_pages * PAGE)
            return 0;
        entry_set(entry, page(frame_take(), USER_PAGE | PTE_A | PTE_D));
    } else if (write && *entry & PTE_COW) {
        uint64_t frame = frame_of(*entry);
        if (frame_users(frame) > 1) {
            uint64_t copy = frame_take();
            memcpy((void *)copy, (void *)frame, PAGE);
            frame_give(frame);
            frame = copy;
        }
        entry_set(entry, page(frame, USER_PAGE | PTE_A | PTE_D));
    } else if (!(*entry & PTE_A) || (write && !(*entry & PTE_D))) {
        entry_set(entry, *entry | PTE_A | (write ? PTE_D : 0));
    } else {
        return 0;
    }
    entries_sync();
    fence(s, va);
    return 1;
}

void space_destroy(struct space *s, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t *entry = space_entry(s, USER + i * PAGE, 0);
        if (entry && *entry & PTE_V)
            frame_give(frame_of(*entry));
    }
    uint64_t *upper = &s->root[USER >> 30 & 511];
    if (*upper & PTE_V) {
        uint64_t *middle = (uint64_t *)frame_of(*upper);
        for (int i = 0; i < 512; i++)
            if (middle[i] & PTE_V)
                table_drop(&middle[i]);
        table_drop(upper);
    }
    fence_all(s);
    root_drop(s->root);
}
