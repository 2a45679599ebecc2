/* Proves the real-time kernel: each test says what it saw, and the machine ends with the number of failures. */
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

static volatile unsigned turns[2];
static volatile int stop;

static void take_turns(void *which)
{
    while (!stop)
        turns[(uintptr_t)which]++;
}

static void test_slices(void)
{
    turns[0] = turns[1] = 0;
    stop = 0;
    start(&low, 5, take_turns, (void *)0, low_stack);
    start(&middle, 5, take_turns, (void *)1, middle_stack);
    task_sleep(ticks_of_us(50000));
    stop = 1;
    between_tests();
    unsigned a = turns[0], b = turns[1];
    /* How often each, depends on how fast the host is in its turns. */
    check(a > 0 && b > 0, "equal tasks that never wait take turns");
}

/* --- time --- */

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
    begin = now();
    task_sleep_until(begin - 1);
    check(now() - begin < ticks_of_us(100000), "a deadline in the past does not wait");
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
        in_order &= queue_receive(&numbers, &v, now() + ticks_of_us(1000000)) && v == i;
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

static void test_all(void *unused)
{
    static void (*const tests[])(void) = {test_preemption,  test_slices,         test_sleep, test_semaphore, test_queue,
                                          test_inheritance, test_interrupts_off};
    (void)unused;
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
    (void)dtb;
    task_create(&tests, "tests", 10, test_all, 0, stack, sizeof stack);
}
