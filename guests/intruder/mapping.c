/* Entries that lead where they must not. */
#include "intruder.h"

#define COUNT 2000
#define DEVICE_BIT (1ul << 55)
#define NAPOT_64K 8

static const uint64_t sizes[] = {PAGE, MEGAPAGE, PAGE << 18};

/* Whether a range of machine memory is this machine's. */
static int is_own(uint64_t machine, uint64_t bytes)
{
    uint64_t first = frame_at(machine);
    return first != -1ul && frame_at(machine + bytes - 1) == first + bytes - 1;
}

static uint64_t machine_address(void)
{
    switch (random_below(5)) {
    case 0: /* the neighbours before and behind */
        return (machine_of(ram_end - PAGE) + PAGE * (1 + random_below(4096))) & ~DEVICE_BIT;
    case 1:
        return (machine_of(ram) - PAGE * (1 + random_below(4096))) & ~DEVICE_BIT & ((1ul << 56) - 1);
    case 2:
        return random_below(1ul << 30);
    case 3:
        return (1ul << random_below(55)) & -PAGE;
    default:
        return random64() & (DEVICE_BIT - 1);
    }
}

static void map_foreign(struct tally *t)
{
    static const uint64_t rights[] = {PTE_R, PTE_R | PTE_W, PTE_X, PTE_R | PTE_W | PTE_X, 0};
    uint64_t bits = PTE_V | rights[random_below(5)];
    int level = (int)random_below(3);
    uint64_t machine = machine_address() & -sizes[bits == PTE_V ? 0 : level];
    if (is_own(machine, bits == PTE_V ? PAGE : sizes[level]))
        return;
    if (bits != PTE_V)
        bits |= PTE_A | PTE_D | (random64() & PTE_U);
    uint64_t *const tables[] = {lab, lab_middle, root};
    refused(t, set_entry(&tables[level][5 + random_below(100)], PTE(machine, bits)), "foreign memory", machine);
}

struct tally attack_foreign(void)
{
    struct tally t = {0, 0};
    for (int i = 0; i < COUNT; i++)
        map_foreign(&t);
    /* Blocks that begin inside and end outside, and RAM under a device's name. */
    uint64_t last = machine_of(ram_end - PAGE);
    if (!is_own((last | 0xffff) - 0xffff, 1ul << 16))
        refused(&t, set_entry(&lab[16], PTE(last | NAPOT_64K * PAGE, PTE_KERNEL | PTE_N)), "a block across the end", last);
    refused(&t, set_entry(&root[6], PTE(last & -sizes[2], PTE_KERNEL)), "a gigapage with all of RAM in it", last);
    refused(&t, set_entry(&lab[7], PTE(ram | DEVICE_BIT, PTE_KERNEL)), "RAM as a device", ram);
    refused(&t, set_entry(&root[7], PTE(DEVICE_BIT | (ram & -sizes[2]), PTE_KERNEL)), "a gigapage of RAM as a device", ram);
    uint64_t *hidden = page_take();
    poke(&hidden[511], PTE(machine_of(ram_end - PAGE) + PAGE, PTE_KERNEL));
    if (!is_own(machine_of(ram_end - PAGE) + PAGE, PAGE))
        refused(&t, pin(hidden, 0), "a table with a foreign page", (uint64_t)hidden);
    poke(&hidden[511], 0);
    granted(pin(hidden, 0), "the same table without it");
    granted(unpin(hidden), "to let it go");
    return t;
}

struct tally attack_writable(void)
{
    struct tally t = {0, 0};
    uint64_t *const tables[] = {root, lab_middle, lab};
    uint64_t *block = page_take();
    for (int i = 0; i < 3; i++) {
        uint64_t machine = machine_of((uint64_t)tables[i]);
        refused(&t, set_entry(&lab[8], PTE(machine, PTE_KERNEL)), "a table as a writable page", machine);
        refused(&t, set_entry(&lab[8], PTE(machine, PTE_KERNEL | PTE_U)), "a table as a process's page", machine);
        refused(&t, set_entry(&lab_middle[8], PTE(machine & -MEGAPAGE, PTE_KERNEL)), "a writable megapage", machine);
        refused(&t, set_entry(&lab[16], PTE((machine & -(1ul << 16)) | NAPOT_64K * PAGE, PTE_KERNEL | PTE_N)),
                "a writable block of 64 KiB", machine);
        granted(set_entry(&lab[8], PTE(machine, PTE_KERNEL & ~PTE_W)), "a table as a page to read");
        poke(&block[i], PTE(machine, PTE_KERNEL));
        refused(&t, pin(block, 0), "a new table with a writable page that is one", machine);
        poke(&block[i], 0);
    }
    poke(&block[9], own(block, PTE_KERNEL));
    refused(&t, pin(block, 0), "a table that maps itself", (uint64_t)block);
    poke(&block[9], 0);
    refused(&t, pin((void *)(ram_end - PAGE), 0), "a page that is mapped writable, as a table", ram_end - PAGE);
    granted(set_entry(&lab[8], 0), "nothing");
    return t;
}

struct tally attack_entries(void)
{
    struct tally t = {0, 0};
    uint64_t *page = page_take();
    uint64_t machine = machine_of((uint64_t)page), pointer = own(page, PTE_V);
    static const uint64_t wrong_pointers[] = {PTE_A, PTE_D, PTE_U, PTE_N, 1ul << 61, 1ul << 54, 1ul << 60, PTE_W};
    for (unsigned i = 0; i < sizeof wrong_pointers / sizeof wrong_pointers[0]; i++)
        refused(&t, set_entry(&lab_middle[9], pointer | wrong_pointers[i]), "a pointer with bits", wrong_pointers[i]);
    refused(&t, set_entry(&lab[9], pointer), "a pointer in the last level", pointer);
    refused(&t, set_entry(&lab[9], PTE(machine, PTE_KERNEL & ~PTE_R)), "a page to write and not to read", machine);
    refused(&t, set_entry(&lab[9], PTE(machine, PTE_KERNEL) | 3ul << 61), "a memory type that is none", machine);
    refused(&t, set_entry(&lab[9], PTE(machine & -(1ul << 16), PTE_KERNEL | PTE_N)), "a block of no size", machine);
    refused(&t, set_entry(&lab_middle[9], PTE(machine | PAGE, PTE_KERNEL & ~PTE_W)), "a crooked megapage", machine);
    refused(&t, set_entry(&lab_middle[9], PTE(machine & -MEGAPAGE, PTE_KERNEL | PTE_N)), "a large block", machine);
    refused(&t, set_entry(&root[9], own(lab, PTE_V)), "the last level in the middle one's place", 0);
    refused(&t, set_entry(&lab_middle[9], own(lab_middle, PTE_V)), "a loop", 0);
    refused(&t, set_entry(&lab_middle[9], own(root, PTE_V)), "a loop through the root", 0);
    refused(&t, set_entry(&root[9], own(root, PTE_V)), "a root that is its own branch", 0);
    for (uint64_t level = 0; level < 5; level++)
        if (level != 1)
            refused(&t, pin(lab_middle, level), "a table of another level", level);
    poke(page, pointer);
    for (uint64_t level = 0; level < 5; level++)
        refused(&t, pin(page, level), "a page that leads to itself", level);
    poke(page, 0);
    return t;
}
