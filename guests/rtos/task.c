/* Tasks and the choice of who runs. Every switch is made at the end of a trap: a task that wants one raises the
 * software interrupt, which is taken as soon as interrupts are on. */
#include "kernel.h"

#define SIP_SSIP 2
#define SSTATUS_SPIE (1u << 5)
#define SSTATUS_SPP (1u << 8)
#define CANARY 0x5afe57acc0ffee00ul

static struct task *ready[PRIORITIES]; /* first of a list */
static uint32_t ready_levels;          /* bit p: ready[p] is not empty */
static struct task *sleepers;          /* all with a deadline, the earliest first */
static struct task *current;
static uint64_t slice_end;
static int give_way; /* to others of the same priority */

static struct task idle;
static char idle_stack[1024] STACK_ALIGNED;

static void insert_ready(struct task *t, int front)
{
    struct task **at = &ready[t->priority];
    while (!front && *at)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
    t->state = TASK_READY;
    ready_levels |= 1u << t->priority;
}

static void remove_from(struct task **at, struct task *t)
{
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
}

static void remove_ready(struct task *t)
{
    remove_from(&ready[t->priority], t);
    if (!ready[t->priority])
        ready_levels &= ~(1u << t->priority);
}

static void insert_waiter(struct wait_list *list, struct task *t)
{
    struct task **at = &list->first;
    while (*at && (*at)->priority >= t->priority)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
}

static void insert_sleeper(struct task *t)
{
    struct task **at = &sleepers;
    while (*at && (*at)->deadline <= t->deadline)
        at = &(*at)->next_sleeper;
    t->next_sleeper = *at;
    *at = t;
}

static void remove_sleeper(struct task *t)
{
    struct task **at = &sleepers;
    while (*at != t)
        at = &(*at)->next_sleeper;
    *at = t->next_sleeper;
}

static int best_level(void)
{
    int level = PRIORITIES - 1;
    while (level >= 0 && !(ready_levels >> level & 1))
        level--;
    return level;
}

/* Has the choice made anew as soon as interrupts are on. */
static void reconsider(void)
{
    csr_set(sip, SIP_SSIP);
}

/* The next moment at which the choice may change by itself. */
static void set_timer(void)
{
    uint64_t next = sleepers ? sleepers->deadline : NEVER;
    if (ready[current->priority] && slice_end < next)
        next = slice_end;
    timer_set(next);
}

static void begin_turn(void)
{
    current->state = TASK_RUNNING;
    current->turns++;
    slice_end = now() + ticks_of_us(SLICE_US);
}

struct frame *task_switch(struct frame *interrupted)
{
    csr_clear(sip, SIP_SSIP);
    current->frame = interrupted;
    if (*(uint64_t *)current->stack != CANARY)
        panic("the stack of task %s has overflowed", current->name);
    int level = best_level();
    int stays = current->state == TASK_RUNNING;
    int others_turn = give_way || now() >= slice_end;
    give_way = 0;
    if (!stays || level > current->priority || (level == current->priority && others_turn)) {
        if (stays)
            insert_ready(current, level > current->priority);
        current = ready[level = best_level()];
        remove_ready(current);
        begin_turn();
    }
    set_timer();
    return current->frame;
}

void task_timer(void)
{
    uint64_t t = now();
    while (sleepers && sleepers->deadline <= t) {
        struct task *due = sleepers;
        due->timed_out = 1;
        task_wake(due);
    }
}

int task_wait(struct wait_list *list, struct mutex *mutex, uint64_t deadline)
{
    struct task *self = current;
    self->state = TASK_WAITING;
    self->waits_in = list;
    self->waits_for = mutex;
    self->deadline = deadline;
    self->timed_out = 0;
    if (list)
        insert_waiter(list, self);
    if (deadline != NEVER)
        insert_sleeper(self);
    reconsider();
    irq_restore(2); /* others run here */
    irq_save();
    return !self->timed_out;
}

void task_wake(struct task *t)
{
    if (t->waits_in)
        remove_from(&t->waits_in->first, t);
    t->waits_in = 0;
    t->waits_for = 0;
    if (t->deadline != NEVER)
        remove_sleeper(t);
    insert_ready(t, 0);
    if (t->priority > current->priority)
        reconsider();
}

void task_set_priority(struct task *t, int priority)
{
    if (t->state == TASK_READY) {
        remove_ready(t);
        t->priority = priority;
        insert_ready(t, 0);
    } else if (t->waits_in) {
        remove_from(&t->waits_in->first, t);
        t->priority = priority;
        insert_waiter(t->waits_in, t);
    } else {
        t->priority = priority;
    }
    if (best_level() > current->priority)
        reconsider();
}

static void task_end(void)
{
    irq_save();
    current->state = TASK_ENDED;
    reconsider();
    irq_restore(2);
    __builtin_unreachable();
}

void task_create(struct task *t, const char *name, int priority, void (*entry)(void *), void *argument, void *stack,
                 size_t stack_size)
{
    uint64_t gp;
    __asm__("mv %0, gp" : "=r"(gp));
    uint64_t top = ((uint64_t)stack + stack_size) & ~15ul;
    struct frame *f = (struct frame *)(top - FRAME_SIZE);
    memset(f, 0, sizeof *f);
    f->x[1] = (uint64_t)task_end;
    f->x[2] = top;
    f->x[3] = gp;
    f->x[10] = (uint64_t)argument;
    f->epc = (uint64_t)entry;
    f->status = SSTATUS_SPP | SSTATUS_SPIE;
    *(uint64_t *)stack = CANARY;
    *t = (struct task){.frame = f, .name = name, .stack = stack, .base_priority = priority, .priority = priority};
    uint64_t irq = irq_save();
    insert_ready(t, 0);
    if (current && priority > current->priority)
        reconsider();
    irq_restore(irq);
}

struct task *task_current(void)
{
    return current;
}

void task_sleep_until(uint64_t deadline)
{
    uint64_t irq = irq_save();
    task_wait(0, 0, deadline);
    irq_restore(irq);
}

void task_sleep(uint64_t ticks)
{
    task_sleep_until(now() + ticks);
}

void task_yield(void)
{
    uint64_t irq = irq_save();
    give_way = 1;
    reconsider();
    irq_restore(irq);
}

static void idle_main(void *unused)
{
    (void)unused;
    for (;;)
        __asm__ volatile("wfi");
}

/* From start.S, on the boot hart with interrupts off. */
void rtos_boot(uint64_t hart, const void *dtb) __attribute__((noreturn));
void rtos_boot(uint64_t hart, const void *dtb)
{
    if (hart != 0)
        panic("hart %lu is not the one that is wired to the first supervisor context", hart);
    timer_init(dtb);
    trap_init();
    uart_init(dtb);
    task_create(&idle, "idle", 0, idle_main, 0, idle_stack, sizeof idle_stack);
    app_start(dtb);
    current = ready[best_level()];
    remove_ready(current);
    begin_turn();
    set_timer();
    frame_restore(current->frame);
}
