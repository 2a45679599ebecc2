/*
 * The timer: a task that wants to run once a period. It is never woken before its time, has as many turns as there were
 * periods, and whoever runs meanwhile sees that it is not forgotten.
 */
#include "witness.h"

/* A hart looks for interrupts every so often, and that is no matter of the host's speed: so looks are counted, not time. */
#define LOOKS 5000

static uint64_t period, begun;
static volatile uint64_t due = NEVER;

static void run(void *unused)
{
    (void)unused;
    begun = now();
    for (;;) {
        uint64_t next = begun + (counters.of[TICKS] + 1) * period;
        due = next;
        task_sleep_until(next);
        uint64_t woken = now();
        if (woken < next)
            fault("tick %lu came %lu ns early", counters.of[TICKS] + 1, ns_of_ticks(next - woken));
        counters.of[TICKS]++;
    }
}

void ticks_look(void)
{
    static uint64_t overdue;
    static unsigned looks;
    uint64_t expected = due;
    if (expected == NEVER || now() < expected || expected != overdue) {
        overdue = expected;
        looks = 0;
    } else if (++looks > LOOKS) {
        fault("tick %lu has not come, %lu ns late", counters.of[TICKS] + 1, ns_of_ticks(now() - expected));
    }
}

void ticks_start(uint64_t period_us)
{
    static struct task task;
    static char stack[2048] STACK_ALIGNED;
    period = ticks_of_us(period_us);
    if (!period)
        panic("tick=%lu us is no period", period_us);
    task_create(&task, "ticks", 30, run, 0, stack, sizeof stack);
}
