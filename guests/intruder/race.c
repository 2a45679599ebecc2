/* A second hart stores to a page all the while that the first makes a table of it, and a page again. */
#include "intruder.h"

#define SBI_HSM 0x48534d
#define SBI_HSM_START 0
#define PLACE 40
#define ROUNDS 200
#define LOOKS 64
#define PATIENCE 10000000ul /* ticks of 100 ns */

/* What start.S gives the second hart. */
static volatile struct {
    uint64_t satp, at, stop, stopped;
} storer;

extern char storer_entry[];

static int waits(const volatile uint64_t *word, uint64_t unlike)
{
    for (uint64_t until = csr_read(time) + PATIENCE; *word == unlike;)
        if (csr_read(time) > until)
            return 0;
    return 1;
}

static void frozen(struct tally *t, const volatile uint64_t *page)
{
    uint64_t sum = 0, again;
    for (int look = 0; look < LOOKS; look++) {
        again = 0;
        for (int i = 0; i < 512; i++)
            again += page[i];
        if (look && again != sum) {
            refused(t, 0, "another hart's store to a table", (uint64_t)page);
            return;
        }
        sum = again;
    }
    refused(t, 1, "", 0);
}

struct tally attack_race(void)
{
    struct tally t = {0, 0};
    if (fdt_harts(tree) < 2)
        return t;
    uint64_t *page = page_take();
    storer.satp = root_satp;
    storer.at = LAB + PLACE * PAGE;
    storer.stop = storer.stopped = 0;
    long started = sbi_call(SBI_HSM, SBI_HSM_START, 1, (uint64_t)storer_entry, (uint64_t)&storer).error;
    granted(started == SBI_ALREADY_AVAILABLE ? 0 : started, "a second hart");
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t before = *(volatile uint64_t *)page;
        granted(set_entry(&lab[PLACE], own(page, PTE_KERNEL)), "a page for the second hart");
        if (!waits(page, before))
            granted(1, "stores of the second hart");
        refused(&t, pin(page, 0), "a page that a hart is storing to, as a table", (uint64_t)page);
        granted(set_entry(&lab[PLACE], 0), "to unmap it");
        granted(pin(page, 0), "the page as a table");
        frozen(&t, page);
        granted(unpin(page), "to let it go");
    }
    storer.stop = 1;
    granted(!waits(&storer.stopped, 0), "the second hart to stop");
    return t;
}
