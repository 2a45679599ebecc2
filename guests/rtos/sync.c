/* Semaphores, mutexes with priority inheritance, and message queues made of semaphores. */
#include "kernel.h"

int semaphore_wait(struct semaphore *s, uint64_t deadline)
{
    uint64_t irq = irq_save();
    int got = s->count > 0;
    if (got)
        s->count--;
    else if (deadline > now())
        got = task_wait(&s->waiters, 0, deadline);
    irq_restore(irq);
    return got;
}

/* Who waits is handed the count, so that nobody can be quicker. */
void semaphore_post(struct semaphore *s)
{
    uint64_t irq = irq_save();
    if (s->waiters.first)
        task_wake(s->waiters.first);
    else
        s->count++;
    irq_restore(irq);
}

/* Own priority, or that of the best task that waits for a mutex which this one holds. */
static int due_priority(const struct task *t)
{
    int priority = t->base_priority;
    for (const struct mutex *m = t->held; m; m = m->next_held)
        if (m->waiters.first && m->waiters.first->priority > priority)
            priority = m->waiters.first->priority;
    return priority;
}

/* Along the chain of owners that wait themselves. */
static void lend_priority(struct mutex *m, int priority)
{
    while (m && m->owner && m->owner->priority < priority) {
        task_set_priority(m->owner, priority);
        m = m->owner->waits_for;
    }
}

static void own(struct mutex *m, struct task *t)
{
    m->owner = t;
    m->next_held = t->held;
    t->held = m;
}

void mutex_lock(struct mutex *m)
{
    uint64_t irq = irq_save();
    struct task *self = task_current();
    if (m->owner == self)
        panic("task %s locks a mutex twice", self->name);
    if (m->owner) {
        lend_priority(m, self->priority);
        task_wait(&m->waiters, m, NEVER); /* mutex_unlock makes this task the owner */
    } else {
        own(m, self);
    }
    irq_restore(irq);
}

void mutex_unlock(struct mutex *m)
{
    uint64_t irq = irq_save();
    struct task *self = task_current();
    if (m->owner != self)
        panic("task %s unlocks a mutex that it does not hold", self->name);
    struct mutex **at = &self->held;
    while (*at != m)
        at = &(*at)->next_held;
    *at = m->next_held;
    m->owner = 0;
    struct task *heir = m->waiters.first;
    if (heir) {
        task_wake(heir);
        own(m, heir);
    }
    task_set_priority(self, due_priority(self));
    irq_restore(irq);
}

void queue_init(struct queue *q, void *buffer, size_t item_size, unsigned length)
{
    *q = (struct queue){.buffer = buffer, .item_size = item_size, .length = length, .room = {.count = length}};
}

static void put_in(struct queue *q, const void *item)
{
    uint64_t irq = irq_save();
    memcpy(q->buffer + q->tail * q->item_size, item, q->item_size);
    q->tail = (q->tail + 1) % q->length;
    irq_restore(irq);
    semaphore_post(&q->items);
}

int queue_send(struct queue *q, const void *item, uint64_t deadline)
{
    int room = semaphore_wait(&q->room, deadline);
    if (room)
        put_in(q, item);
    return room;
}

int queue_offer(struct queue *q, const void *item)
{
    return queue_send(q, item, 0);
}

int queue_receive(struct queue *q, void *item, uint64_t deadline)
{
    if (!semaphore_wait(&q->items, deadline))
        return 0;
    uint64_t irq = irq_save();
    memcpy(item, q->buffer + q->head * q->item_size, q->item_size);
    q->head = (q->head + 1) % q->length;
    irq_restore(irq);
    semaphore_post(&q->room);
    return 1;
}
