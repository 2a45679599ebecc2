/*
 * Tables come from a part of RAM that the kernel maps read-only. A table that is not in use is all zeroes, since it
 * cannot be cleared by a store.
 */
#include "machine.h"
#include "mmu.h"

#define TABLES_MAX 2048
#define QUEUE 256
#define ROOT_LEVEL 2

static uint64_t fresh, end;
static uint64_t unused[TABLES_MAX];
static unsigned unused_count;

/* A root's entries for devices and RAM. */
static uint64_t device_entry, ram_entry;

static struct update queue[QUEUE] __attribute__((aligned(16)));
static unsigned queued;

static void require(long error, const char *what)
{
    if (error) {
        print("direct: %s: error %d\n", what, (int)error);
        finish(7);
    }
}

void entries_sync(void)
{
    require(update(queue, queued), "the hypervisor refuses an update");
    queued = 0;
}

void entry_set(uint64_t *entry, uint64_t value)
{
    queue[queued++] = (struct update){(uint64_t)entry, value};
    if (queued == QUEUE)
        entries_sync();
}

uint64_t table_take(void)
{
    if (unused_count)
        return unused[--unused_count];
    if (fresh == end) {
        print("direct: out of tables\n");
        finish(3);
    }
    fresh += PAGE;
    return fresh - PAGE;
}

static void give(uint64_t *table)
{
    unused[unused_count++] = (uint64_t)table;
}

static void clear(uint64_t *table)
{
    for (int i = 0; i < 512; i++)
        if (table[i])
            entry_set(&table[i], 0);
}

uint64_t *root_take(void)
{
    uint64_t *root = (uint64_t *)table_take();
    entries_sync();
    require(pin(root, ROOT_LEVEL), "the hypervisor refuses a root");
    entry_set(&root[0], device_entry);
    entry_set(&root[2], ram_entry);
    return root;
}

void table_drop(uint64_t *entry)
{
    uint64_t *table = (uint64_t *)frame_at(PTE_ADDRESS(*entry));
    clear(table);
    entry_set(entry, 0);
    give(table);
}

void root_drop(uint64_t *root)
{
    clear(root);
    entries_sync();
    require(unpin(root), "the hypervisor keeps a root");
    give(root);
}

/* 2 MiB of RAM where they are: one page if they are on the board as they are here, else a table of pages. */
static uint64_t megapage(uint64_t address, uint64_t rights)
{
    uint64_t machine = machine_of(address);
    if (machine % MEGAPAGE == 0 && machine_of(address + MEGAPAGE - PAGE) == machine + MEGAPAGE - PAGE)
        return PTE(machine, rights);
    uint64_t *table = (uint64_t *)table_take();
    for (uint64_t i = 0; i < 512; i++)
        table[i] = PTE(machine_of(address + i * PAGE), rights);
    return PTE(machine_of((uint64_t)table), PTE_V);
}

/* Translation is off, and no page is a table yet: these are made by stores. */
void tables_init(uint64_t ram, uint64_t bytes, uint64_t first, uint64_t last)
{
    fresh = first;
    end = last;
    uint64_t *middle = (uint64_t *)table_take();
    for (uint64_t offset = 0; offset < bytes; offset += MEGAPAGE) {
        uint64_t address = ram + offset;
        int tables = address >= first && address < last;
        middle[offset / MEGAPAGE] = megapage(address, tables ? PTE_KERNEL & ~PTE_W : PTE_KERNEL | PTE_X);
    }
    require(pin(middle, ROOT_LEVEL - 1), "the hypervisor refuses the kernel's tables");
    device_entry = PTE(machine_device(0), PTE_KERNEL);
    ram_entry = PTE(machine_of((uint64_t)middle), PTE_V);
}
