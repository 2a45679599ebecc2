/* Calls with absurd arguments, roots that are none, and tables let go that are in use. */
#include "intruder.h"

#define MODE_SV48 (9ul << 60)
#define MODE_SV57 (10ul << 60)

static struct update batch[4] __attribute__((aligned(16)));

static long raw_update(uint64_t at, uint64_t count)
{
    return tables_call(TABLES_UPDATE, at, count).error;
}

static void absurd_batches(struct tally *t)
{
    uint64_t at = (uint64_t)batch;
    static const uint64_t counts[] = {UPDATES_MAX + 1, 1ul << 20, 1ul << 60, 1ul << 63, -1ul, -(1ul << 59)};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
        refused(t, raw_update(at, counts[i]), "a batch of too many", counts[i]);
    const uint64_t places[] = {ram_end - 16, ram_end, ram_end - 8, ram - 16, 0, UART, -16ul, 1ul << 63, at + 4};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++)
        refused(t, raw_update(places[i], 2), "a batch out of place", places[i]);
    const uint64_t entries[] = {(uint64_t)lab + 4, (uint64_t)lab + 2, ram_end, ram - 8, UART, 0, -8ul, (uint64_t)batch};
    for (unsigned i = 0; i < sizeof entries / sizeof entries[0]; i++)
        refused(t, set_entry((uint64_t *)entries[i], 0), "an entry that is none", entries[i]);
}

/* Up to the first that is refused, and no further. */
static void partial_batch(struct tally *t)
{
    batch[0] = (struct update){(uint64_t)&lab[20], 0x20};
    batch[1] = (struct update){(uint64_t)&lab[21], own(root, PTE_KERNEL)};
    batch[2] = (struct update){(uint64_t)&lab[22], 0x40};
    struct sbi_result r = tables_call(TABLES_UPDATE, (uint64_t)batch, 3);
    refused(t, r.error, "a batch with a bad one", 1);
    if (r.value != 1 || lab[20] != 0x20 || lab[21] || lab[22])
        escaped("of a batch whose second is bad, %ld were done", r.value);
    granted(set_entry(&lab[20], 0), "nothing");
}

static void absurd_pages(struct tally *t)
{
    const uint64_t places[] = {0, UART, ram_end, ram - PAGE, (uint64_t)lab + 8, -PAGE, 1ul << 55, machine_device(UART)};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        refused(t, pin((void *)places[i], 0), "a table out of place", places[i]);
        refused(t, unpin((void *)places[i]), "to let go a table out of place", places[i]);
    }
    uint64_t *page = page_take();
    static const uint64_t levels[] = {5, 6, 255, 256, 1ul << 32, -1ul, 1ul << 63};
    for (unsigned i = 0; i < sizeof levels / sizeof levels[0]; i++)
        refused(t, pin(page, levels[i]), "a level that is none", levels[i]);
    refused(t, unpin(page), "to let go what is no table", (uint64_t)page);
    for (uint64_t function = 6; function < 300; function++)
        refused(t, tables_call(function, (uint64_t)page, 0).error, "a function that is none", function);
    refused(t, tables_call(TABLES_MACHINE_ADDRESS, 1ul << 55, 0).error, "an address beyond all", 0);
}

struct tally attack_calls(void)
{
    struct tally t = {0, 0};
    absurd_batches(&t);
    partial_batch(&t);
    absurd_pages(&t);
    for (int i = 0; i < 500; i++) /* whatever comes of it */
        tables_call(TABLES_UPDATE + random_below(100), random64(), random64());
    return t;
}

static void write_satp(uint64_t value)
{
    csr_write(satp, value);
}

struct tally attack_roots(void)
{
    struct tally t = {0, 0};
    uint64_t *empty = page_take();
    uint64_t number = machine_of((uint64_t)root) >> 12;
    const uint64_t values[] = {
        MODE_SV39 | machine_of((uint64_t)lab_middle) >> 12, /* a table, but not pinned, and of the wrong level */
        MODE_SV39 | machine_of((uint64_t)empty) >> 12,
        MODE_SV48 | number,
        MODE_SV57 | number,
        MODE_SV39 | (machine_of(ram_end - PAGE) + PAGE) >> 12,
        MODE_SV39 | 0xfffffffffful,
        MODE_SV39 | machine_device(UART) >> 12,
    };
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        trapped(&t, write_satp, values[i], "a root that is none");
        if (csr_read(satp) != root_satp)
            escaped("satp is %lx", csr_read(satp));
    }
    refused(&t, pin(root, 2), "to pin a root twice", 0);
    refused(&t, unpin(root), "to let the root go that translates this", 0);
    refused(&t, unpin(lab), "to let a table go that is used", 0);

    /* One table in two places stays one until neither leads to it. */
    uint64_t *shared = page_take();
    granted(pin(shared, 0), "a table");
    granted(set_entry(&lab_middle[30], own(shared, PTE_V)), "to use it");
    granted(set_entry(&lab_middle[31], own(shared, PTE_V)), "to use it twice");
    granted(unpin(shared), "to unpin it");
    granted(set_entry(&lab_middle[30], 0), "to use it once");
    refused(&t, set_entry(&lab[8], own(shared, PTE_KERNEL)), "a shared table as a writable page", 0);
    granted(set_entry(&lab_middle[31], 0), "not to use it");
    granted(set_entry(&lab[8], own(shared, PTE_KERNEL)), "what was a table, as a page");
    granted(set_entry(&lab[8], 0), "nothing");
    return t;
}
