/*
 * Work for whoever translates addresses, one kind of it for each run. Boot arguments: workload=fork, mmap, switch or
 * random; rounds=N. Every page is written with what says whose it is and read again: a wrong translation ends the
 * machine with a failure.
 */
#include "mmu.h"

#define USER_PAGE (PTE_V | PTE_R | PTE_W | PTE_U)
#define FORK_PAGES 256
#define MMAP_PAGES 1024
#define SPACES 8
#define SPACE_PAGES 32
#define RANDOM_PAGES 24576 /* 96 MiB, half as much again as a TLB has */
#define SSTATUS_SUM 0x40000ul

static uint64_t faults;
static struct space kernel_space;

static volatile uint64_t *word(uint64_t page)
{
    return (volatile uint64_t *)(USER + page * PAGE + page % 512 * 8);
}

static void expect(uint64_t page, uint64_t value)
{
    uint64_t found = *word(page);
    if (found != value) {
        print("page %lu has %lx, expected %lx\n", page, found, value);
        finish(1);
    }
}

/* All of S mode's traps: page faults of the spaces. */
static void __attribute__((interrupt("supervisor"), aligned(4))) on_fault(void)
{
    uint64_t cause = csr_read(scause);
    faults++;
    if ((cause == 13 || cause == 15) && space_fault(current, csr_read(stval), cause == 15))
        return;
    print("trap %lx at %lx, address %lx\n", cause, csr_read(sepc), csr_read(stval));
    finish(2);
}

/* A parent has children one after another; each changes a quarter of what it was born with, and dies. */
static void fork_churn(uint64_t rounds)
{
    struct space parent, child;
    space_init(&parent, 1);
    parent.lazy_pages = FORK_PAGES;
    space_switch(&parent);
    for (uint64_t i = 0; i < FORK_PAGES; i++)
        *word(i) = i;
    for (uint64_t round = 0; round < rounds; round++) {
        space_init(&child, 2);
        space_fork(&child, &parent, FORK_PAGES);
        space_switch(&child);
        for (uint64_t i = round % 4; i < FORK_PAGES; i += 4)
            *word(i) = i + (round << 32);
        for (uint64_t i = 0; i < FORK_PAGES; i++)
            expect(i, i % 4 == round % 4 ? i + (round << 32) : i);
        space_switch(&parent);
        for (uint64_t i = 0; i < FORK_PAGES; i += 16)
            *word(i) = i;
        space_destroy(&child, FORK_PAGES);
        for (uint64_t i = 0; i < FORK_PAGES; i++)
            expect(i, i);
    }
}

/* Maps a range of nothing, touches each of its pages, and unmaps them one by one. */
static void map_churn(uint64_t rounds)
{
    struct space s;
    space_init(&s, 1);
    space_switch(&s);
    for (uint64_t round = 0; round < rounds; round++) {
        s.lazy_pages = MMAP_PAGES;
        for (uint64_t i = 0; i < MMAP_PAGES; i++) {
            expect(i, 0);
            *word(i) = i ^ round;
        }
        for (uint64_t i = 0; i < MMAP_PAGES; i++)
            expect(i, i ^ round);
        s.lazy_pages = 0;
        for (uint64_t i = 0; i < MMAP_PAGES; i++)
            space_unmap(&s, USER + i * PAGE);
    }
}

/* Goes from one address space to the next, and does a little in each. */
static void switch_around(uint64_t rounds)
{
    static struct space spaces[SPACES];
    for (uint64_t i = 0; i < SPACES; i++) {
        space_init(&spaces[i], i + 1);
        spaces[i].lazy_pages = SPACE_PAGES;
        space_switch(&spaces[i]);
        for (uint64_t page = 0; page < SPACE_PAGES; page++)
            *word(page) = i << 32;
    }
    for (uint64_t round = 0; round < rounds; round++) {
        for (uint64_t i = 0; i < SPACES; i++) {
            space_switch(&spaces[i]);
            for (uint64_t page = 0; page < SPACE_PAGES; page++) {
                expect(page, (i << 32) + round);
                *word(page) = (i << 32) + round + 1;
            }
        }
    }
}

/* Reads and writes words of 96 MiB in no order. */
static void random_access(uint64_t rounds)
{
    struct space s;
    uint64_t x = 88172645463325252ul, sum = 0;
    space_init(&s, 1);
    for (uint64_t i = 0; i < RANDOM_PAGES; i++)
        space_map(&s, USER + i * PAGE, frame_take(), USER_PAGE | PTE_A | PTE_D);
    space_switch(&s);
    for (uint64_t i = 0; i < RANDOM_PAGES; i++)
        *word(i) = i;
    for (uint64_t round = 0; round < rounds * 100000; round++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        uint64_t page = x % RANDOM_PAGES;
        sum += *word(page);
        if (x >> 60 == 0)
            *word(page) = page;
    }
    for (uint64_t i = 0; i < RANDOM_PAGES; i++)
        expect(i, i);
    print("sum %lx\n", sum);
}

void work(const void *tree)
{
    const char *name = fdt_argument_text(tree, "workload");
    csr_write(stvec, (uint64_t)on_fault);
    csr_set(sstatus, SSTATUS_SUM);
    space_init(&kernel_space, 0);
    space_switch(&kernel_space);
    if (!name) {
        print("mmu: say workload=fork, mmap, switch or random\n");
        finish(4);
    } else if (!strncmp(name, "fork", 4)) {
        fork_churn(fdt_argument(tree, "rounds", 300));
    } else if (!strncmp(name, "mmap", 4)) {
        map_churn(fdt_argument(tree, "rounds", 60));
    } else if (!strncmp(name, "switch", 6)) {
        switch_around(fdt_argument(tree, "rounds", 3000));
    } else if (!strncmp(name, "random", 6)) {
        random_access(fdt_argument(tree, "rounds", 40));
    } else {
        print("mmu: there is no such workload\n");
        finish(4);
    }
    print("mmu: done, %lu faults\n", faults);
    finish(0);
}
