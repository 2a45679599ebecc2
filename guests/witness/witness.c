/*
 * Checks its machine as long as it runs: what it counts in its memory, on a disk, through a channel and over a network to a
 * twin, and by the timer must agree, whatever is done to the machine. A line is printed whenever every part has got on; the
 * first disagreement is printed as FAULT and ends the machine as failed. Parts without a device are left out.
 *
 * Boot arguments: side=0|1 for the two of a pair; pages=N of memory (1024); tick=US (1000); pace=US between two turns of the
 * channel and two frames (200). Key: q ends it.
 */
#include "witness.h"

#define LOOK_US 20000

volatile struct counters counters;
unsigned side;

static int present[PARTS] = {[MEMORY] = 1, [TICKS] = 1};
static uint64_t begun;
static uint64_t printed[PARTS];

void fault(const char *format, ...)
{
    va_list args;
    irq_save();
    va_start(args, format);
    print("\nwitness %u: FAULT: ", side);
    vprint(format, args);
    print("\n");
    va_end(args);
    finish(1);
}

void fill_words(volatile uint64_t *words, unsigned count, uint64_t key)
{
    uint64_t word = first_word(key);
    for (unsigned i = 0; i < count; i++, word = next_word(word))
        words[i] = word;
}

int same_words(const volatile uint64_t *words, unsigned count, uint64_t key)
{
    uint64_t word = first_word(key);
    for (unsigned i = 0; i < count; i++, word = next_word(word))
        if (words[i] != word)
            return 0;
    return 1;
}

void account_take(volatile struct account *a, const struct told *by)
{
    for (unsigned p = 0; p < PARTS; p++) {
        a->mine[p] = counters.of[p];
        a->yours[p] = by->of[p];
    }
}

/* Of two machines that were put back to one moment, none knows more of the other than that does itself. */
void account_check(const volatile struct account *a, struct told *by, const char *way)
{
    for (unsigned p = 0; p < PARTS; p++) {
        uint64_t mine = a->mine[p], yours = a->yours[p];
        if (yours > counters.of[p])
            fault("by the %s the twin knows that %lu was counted of %u, and it is %lu", way, yours, p, counters.of[p]);
        by->of[p] = mine > by->of[p] ? mine : by->of[p];
    }
}

static int all_got_on(void)
{
    for (unsigned p = 0; p < PARTS; p++)
        if (present[p] && counters.of[p] == printed[p])
            return 0;
    return 1;
}

static void show(const char *what)
{
    static const char *const names[PARTS] = {"memory", "disk", "channel", "network", "ticks"};
    for (unsigned p = 0; p < PARTS; p++)
        printed[p] = counters.of[p];
    console_print("witness %u: %s after %lu ms:", side, what, ns_of_ticks(now() - begun) / 1000000);
    for (unsigned p = 0; p < PARTS; p++)
        if (present[p])
            console_print(" %s %lu", names[p], printed[p]);
    console_print("\n");
}

void end_with_twin(void)
{
    show("the twin has ended, all agreed");
    finish(0);
}

static void report(void *unused)
{
    (void)unused;
    for (;;) {
        if (console_key(now() + ticks_of_us(LOOK_US)) == 'q') {
            channel_end();
            show("ended, all agreed");
            finish(0);
        }
        if (all_got_on())
            show("all agree");
    }
}

void app_start(const void *dtb)
{
    static struct task task;
    static char stack[4096] STACK_ALIGNED;
    uint64_t pace = fdt_argument(dtb, "pace", 200);
    side = fdt_argument(dtb, "side", 0) != 0;
    begun = now();
    ticks_start(fdt_argument(dtb, "tick", 1000));
    memory_start((unsigned)fdt_argument(dtb, "pages", 1024));
    present[DISK] = disk_start();
    present[CHANNEL] = channel_start(dtb, pace);
    present[NETWORK] = network_start(pace);
    task_create(&task, "report", 10, report, 0, stack, sizeof stack);
}
