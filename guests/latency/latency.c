/*
 * A wake-up latency probe in the manner of cyclictest: how late a task of the highest priority begins after the moment
 * for which it asked. Boot arguments: period=US (1000), loops=N (10000; 0 goes on until a key is pressed).
 * Keys: h shows the histogram so far, r begins it anew, q ends.
 */
#include "rtos.h"

#define BUCKETS 20000 /* of a microsecond each; the last has everything beyond */

static uint32_t histogram[BUCKETS];
static uint64_t period, loops, count, missed, sum_ns, least_ns, most_ns;
static struct semaphore finished;

/* What is being printed stays as it is: a report is of one moment. */
static volatile int reporting;

static void record(uint64_t ns)
{
    uint64_t irq = irq_save();
    least_ns = !count || ns < least_ns ? ns : least_ns;
    most_ns = ns > most_ns ? ns : most_ns;
    sum_ns += ns;
    count++;
    histogram[ns / 1000 < BUCKETS ? ns / 1000 : BUCKETS - 1]++;
    irq_restore(irq);
}

static void probe(void *unused)
{
    (void)unused;
    uint64_t due = now() + period;
    while (!loops || count < loops) {
        task_sleep_until(due);
        int counts = !reporting;
        if (counts)
            record(ns_of_ticks(now() - due));
        /* What lies in the past already is the same lateness, and no wake-up of its own. */
        while ((due += period) <= now())
            missed += counts;
    }
    semaphore_post(&finished);
}

/* Microseconds within which that share of the wake-ups came. */
static unsigned percentile(uint64_t per_100000)
{
    uint64_t seen = 0;
    unsigned us = 0;
    while (us < BUCKETS && (seen += histogram[us]) * 100000 < count * per_100000)
        us++;
    return us + 1;
}

static void report(void)
{
    reporting = 1;
    uint64_t mean_ns = count ? sum_ns / count : 0;
    console_print("latency: %lu wake-ups, us: min %lu.%lu, mean %lu.%lu, p50 %u, p99 %u, p99.9 %u, max %lu.%lu; missed %lu\n",
                  count, least_ns / 1000, least_ns / 100 % 10, mean_ns / 1000, mean_ns / 100 % 10,
                  percentile(50000), percentile(99000), percentile(99900), most_ns / 1000, most_ns / 100 % 10, missed);
    console_print("histogram: us, wake-ups\n");
    for (unsigned us = 0; us < BUCKETS; us++)
        if (histogram[us])
            console_print("%6u %8u\n", us, histogram[us]);
    console_print("end of histogram\n");
    reporting = 0;
}

static void begin_anew(void)
{
    uint64_t irq = irq_save();
    count = missed = sum_ns = least_ns = most_ns = 0;
    memset(histogram, 0, sizeof histogram);
    irq_restore(irq);
}

static void keys(void *unused)
{
    (void)unused;
    for (;;) {
        int key = console_key(NEVER);
        if (key == 'h')
            report();
        else if (key == 'r')
            begin_anew();
        else if (key == 'q')
            semaphore_post(&finished);
    }
}

static void conclude(void *unused)
{
    (void)unused;
    semaphore_wait(&finished, NEVER);
    report();
    finish(0);
}

void app_start(const void *dtb)
{
    static struct task probe_task, keys_task, end_task;
    static char probe_stack[1024] STACK_ALIGNED, keys_stack[2048] STACK_ALIGNED, end_stack[2048] STACK_ALIGNED;
    uint64_t us = fdt_argument(dtb, "period", 1000);
    period = ticks_of_us(us);
    loops = fdt_argument(dtb, "loops", 10000);
    if (!period)
        panic("period=%lu us is no period", us);
    print("latency: period %lu us, ", us);
    if (loops)
        print("%lu wake-ups\n", loops);
    else
        print("until q is pressed\n");
    task_create(&probe_task, "probe", 31, probe, 0, probe_stack, sizeof probe_stack);
    task_create(&keys_task, "keys", 5, keys, 0, keys_stack, sizeof keys_stack);
    task_create(&end_task, "end", 6, conclude, 0, end_stack, sizeof end_stack);
}
