/*
 * Memory: each page has a number, a round, and words that follow from both. Page after page is read whole and written anew;
 * a table elsewhere knows the round that each must have. A few pages change often, the others seldom.
 */
#include "witness.h"

#define MOST_PAGES 1024
#define HOT 128
#define WORDS 510
#define AUDIT 512 /* steps from one look at all the table to the next */

struct page {
    uint64_t number, round, words[WORDS];
};

static volatile struct page pages[MOST_PAGES] __attribute__((aligned(4096)));
static uint64_t rounds[MOST_PAGES];
static unsigned count;

static uint64_t key_of(unsigned number, uint64_t round) { return (uint64_t)number << 48 ^ round; }

static void write_page(unsigned n)
{
    pages[n].number = n;
    pages[n].round = rounds[n];
    fill_words(pages[n].words, WORDS, key_of(n, rounds[n]));
}

static void check_page(unsigned n)
{
    if (pages[n].number != n || pages[n].round != rounds[n])
        fault("page %u has number %lu and round %lu, and not round %lu", n, pages[n].number, pages[n].round, rounds[n]);
    if (!same_words(pages[n].words, WORDS, key_of(n, rounds[n])))
        fault("page %u of round %lu has other words", n, rounds[n]);
}

/* The rounds of all pages are what was counted. */
static void audit(void)
{
    uint64_t sum = 0;
    for (unsigned n = 0; n < count; n++)
        sum += rounds[n];
    if (sum != counters.of[MEMORY])
        fault("the pages have %lu rounds, and %lu were counted", sum, counters.of[MEMORY]);
}

static void run(void *unused)
{
    (void)unused;
    uint64_t random = side + 1;
    for (unsigned n = 0; n < count; n++)
        write_page(n);
    for (;;) {
        unsigned n = draw(&random, draw(&random, 16) && count > HOT ? HOT : count);
        check_page(n);
        rounds[n]++;
        write_page(n);
        counters.of[MEMORY]++;
        if (counters.of[MEMORY] % AUDIT == 0)
            audit();
        ticks_look();
    }
}

void memory_start(unsigned wanted)
{
    static struct task task;
    static char stack[2048] STACK_ALIGNED;
    count = wanted < 1 ? 1 : wanted > MOST_PAGES ? MOST_PAGES : wanted;
    task_create(&task, "memory", 1, run, 0, stack, sizeof stack);
}
