/*
 * Proves the real-time kernel: each test says what it saw, and the machine ends with the number of failures. No test
 * depends on the speed of the host. Boot argument: turns=N (25), how many turns each of two equal tasks has.
 */
#include "rtos.h"

#define STACK 2048

static unsigned failures;

static void check(int right, const char *what)
{
    failures += !right;
    console_print("%s: %s\n", right ? "pass" : "FAIL", what);
}

/* What tasks did, in the order in which they did it. */
static char trace[32];
static unsigned traced;

static void note(char what)
{
    uint64_t irq = irq_save();
    if (traced + 1 < sizeof trace)
        trace[traced++] = what;
    trace[traced] = 0;
    irq_restore(irq);
}

static int traced_is(const char *expected)
{
    int same = !strcmp(trace, expected);
    if (!same)
        console_print("  saw %s, expected %s\n", trace, expected);
    traced = 0;
    trace[0] = 0;
    return same;
}

static struct task low, middle, high;
static char low_stack[STACK] STACK_ALIGNED, middle_stack[STACK] STACK_ALIGNED, high_stack[STACK] STACK_ALIGNED;

static void start(struct task *t, int priority, void (*entry)(void *), void *argument, char *stack)
{
    task_create(t, "helper", priority, entry, argument, stack, STACK);
}

/* Waits until a task may be made anew. */
static void await_end(const struct task *t)
{
    while (t->name && t->state != TASK_ENDED)
        task_sleep(ticks_of_us(100));
}

static void between_tests(void)
{
    await_end(&low);
    await_end(&middle);
    await_end(&high);
}

static void busy(uint64_t us)
{
    for (uint64_t end = now() + ticks_of_us(us); now() < end;)
        ;
}

/* --- preemption --- */

static void note_argument(void *what)
{
    note((char)(uintptr_t)what);
}

static void test_preemption(void)
{
    note('a');
    start(&high, 20, note_argument, (void *)'H', high_stack);
    note('b');
    start(&low, 5, note_argument, (void *)'L', low_stack);
    note('c');
    check(traced_is("aHbc"), "a better task runs at once, a worse one when there is time");
    await_end(&low);
    check(traced_is("L"), "and then it does run");
}

static unsigned turns; /* of each of two equal tasks */

/* A hart looks for interrupts every so often. How often a task looks at the clock until then is no matter of speed. */
#define OVERRUN 100000

static volatile unsigned overrun; /* the most looks in one turn after its end */
static struct semaphore had_turns;

/* Has its turns and never waits. No look is counted in another turn than it was made in. */
static void take_turns(void *unused)
{
    (void)unused;
    const struct task *self = task_current();
    unsigned turn = 0, over = 0;
    uint64_t end = 0;
    while (self->turns <= turns && overrun < OVERRUN) {
        unsigned before = self->turns;
        uint64_t t = now();
        if (self->turns != before)
            continue;
        if (turn != before) {
            turn = before;
            end = t + ticks_of_us(SLICE_US);
            over = 0;
        } else if (t > end && ++over > overrun) {
            overrun = over;
        }
    }
    semaphore_post(&had_turns);
}

static unsigned distance(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

/* Neither a tick that is lost nor one too many is hidden by how fast the host is in whose turn. */
static void test_slices(void)
{
    overrun = 0;
    uint64_t begin = now();
    start(&low, 5, take_turns, 0, low_stack);
    start(&middle, 5, take_turns, 0, middle_stack);
    semaphore_wait(&had_turns, NEVER); /* the first to end; the other goes on alone for what is left of its last turn */
    unsigned a = low.turns, b = middle.turns;
    uint64_t slices = (now() - begin) / ticks_of_us(SLICE_US);
    semaphore_wait(&had_turns, NEVER);
    between_tests();
    check(overrun < OVERRUN, "a turn is over soon after its slice");
    check(distance(a, b) <= 1, "equal tasks that never wait have equally many turns");
    check(a + b <= slices + 1, "and none shorter than a slice");
    if (overrun >= OVERRUN || distance(a, b) > 1 || a + b > slices + 1)
        console_print("  saw %u and %u turns in %lu slices, %u looks after the end of one\n", a, b, slices, overrun);
}

/* --- time --- */

static uint64_t later;

static void sleep_longer(void *unused)
{
    (void)unused;
    task_sleep_until(later);
    note('l');
}

static void test_sleep(void)
{
    uint64_t begin = now(), due = begin;
    int early = 0;
    for (int i = 0; i < 100; i++) {
        due += ticks_of_us(500);
        task_sleep_until(due);
        early += now() < due;
    }
    check(!early, "a hundred deadlines, none woken early");
    check(now() - begin >= ticks_of_us(50000), "periods do not drift");
    later = now() + ticks_of_us(5000);
    start(&low, 5, sleep_longer, 0, low_stack);
    task_sleep_until(begin);
    note('p');
    between_tests();
    check(traced_is("pl"), "a deadline in the past comes before one in the future");
}

/* --- semaphores and queues --- */

static struct semaphore gate;

static void wait_at_gate(void *what)
{
    if (semaphore_wait(&gate, NEVER))
        note((char)(uintptr_t)what);
}

static void test_semaphore(void)
{
    uint64_t begin = now();
    check(!semaphore_wait(&gate, begin + ticks_of_us(2000)), "waiting for what does not come ends in time");
    check(now() - begin >= ticks_of_us(2000), "and not before");
    start(&low, 11, wait_at_gate, (void *)'l', low_stack);
    start(&high, 13, wait_at_gate, (void *)'h', high_stack);
    start(&middle, 12, wait_at_gate, (void *)'m', middle_stack);
    note('0');
    for (int i = 0; i < 3; i++)
        semaphore_post(&gate);
    check(traced_is("0hml"), "the best waiter is first, however late it came");
    semaphore_post(&gate);
    check(semaphore_wait(&gate, 0), "a post that nobody waited for is kept");
    check(!semaphore_wait(&gate, 0), "once");
}

static struct queue numbers;
static unsigned numbers_buffer[4];

static void produce(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 1000; i++)
        queue_send(&numbers, &i, NEVER);
}

static void test_queue(void)
{
    queue_init(&numbers, numbers_buffer, sizeof numbers_buffer[0], 4);
    int taken_in = 1, in_order = 1;
    for (unsigned i = 0; i < 4; i++)
        taken_in &= queue_offer(&numbers, &i);
    check(taken_in, "a queue takes what it has room for");
    unsigned v = 9;
    check(!queue_offer(&numbers, &v), "and no more");
    for (unsigned i = 0; i < 4; i++)
        in_order &= queue_receive(&numbers, &v, 0) && v == i;
    check(in_order, "first in, first out");
    start(&low, 5, produce, 0, low_stack);
    for (unsigned i = 0; i < 1000; i++)
        in_order &= queue_receive(&numbers, &v, NEVER) && v == i;
    check(in_order, "a thousand items through a queue of four");
}

/* --- priority inheritance --- */

static struct mutex resource;
static struct semaphore taken;

static void hold_resource(void *unused)
{
    (void)unused;
    mutex_lock(&resource);
    semaphore_post(&taken);
    busy(5000);
    note('l');
    mutex_unlock(&resource);
}

static void use_resource(void *unused)
{
    (void)unused;
    mutex_lock(&resource);
    note('h');
    mutex_unlock(&resource);
}

static void hog(void *unused)
{
    (void)unused;
    busy(20000);
    note('m');
}

static void test_inheritance(void)
{
    start(&low, 5, hold_resource, 0, low_stack);
    semaphore_wait(&taken, NEVER); /* the worst task has it now */
    start(&high, 15, use_resource, 0, high_stack);
    start(&middle, 8, hog, 0, middle_stack);
    between_tests();
    check(traced_is("lhm"), "who holds what a better task waits for runs at its priority");
    check(low.priority == 5, "and has its own again afterwards");
}

/* --- interrupts --- */

static void test_interrupts_off(void)
{
    uint64_t irq = irq_save();
    uint64_t due = now() + ticks_of_us(1000);
    start(&high, 20, note_argument, (void *)'H', high_stack);
    while (now() < due)
        ;
    note('a');
    irq_restore(irq);
    check(traced_is("aH"), "nobody interrupts who has switched interrupts off");
}

static void test_all(void *argument)
{
    static void (*const tests[])(void) = {test_preemption,  test_slices,         test_sleep, test_semaphore, test_queue,
                                          test_inheritance, test_interrupts_off};
    turns = (unsigned)fdt_argument(argument, "turns", 25);
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tests[i]();
        between_tests();
    }
    console_print("verdict: %s\n", failures ? "FAIL" : "PASS");
    finish((int)failures);
}

void app_start(const void *dtb)
{
    static struct task tests;
    static char stack[STACK] STACK_ALIGNED;
    task_create(&tests, "tests", 10, test_all, (void *)dtb, stack, sizeof stack);
}
