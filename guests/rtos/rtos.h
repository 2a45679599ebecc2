/*
 * A small preemptive real-time kernel for one hart in supervisor mode: tasks with fixed priorities, semaphores,
 * mutexes with priority inheritance, message queues, deadlines in ticks of `time`, interrupt handlers.
 *
 * The ready task of highest priority runs; those of equal priority take turns. There is no periodic tick: the timer is
 * set to the next moment at which something is due. Objects belong to the application: the kernel allocates nothing.
 */
#ifndef RTOS_H
#define RTOS_H

#include "frame.h"
#include "guest.h"

#define PRIORITIES 32         /* 0 is for idling alone, 31 the highest */
#define NEVER UINT64_MAX      /* a deadline that does not come */
#define SLICE_US 1000         /* after which another task of the same priority has its turn */
#define STACK_ALIGNED __attribute__((aligned(16)))

struct task;
struct mutex;

/* Tasks that wait for the same, the highest priority first, equal ones in the order of their coming. */
struct wait_list {
    struct task *first;
};

enum task_state { TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDED };

struct task {
    struct frame *frame; /* its registers while it does not run */
    const char *name;
    void *stack;
    int base_priority; /* its own */
    int priority;      /* at least that; more while it holds a mutex that a better one waits for */
    enum task_state state;
    struct task *next;           /* in the list that it is in: ready tasks of its priority, or a wait list */
    struct wait_list *waits_in;  /* null if it only sleeps */
    struct mutex *waits_for;     /* null unless that list is a mutex's */
    struct mutex *held;          /* mutexes that it holds */
    uint64_t deadline;           /* of its wait */
    struct task *next_sleeper;
    int timed_out;
    volatile unsigned turns; /* how often it has been given the hart */
};

/* --- tasks (task.c) --- */

/* The application's own: makes its tasks. Called once with interrupts off; when it returns they begin. */
void app_start(const void *dtb);

/* Makes a task, which is ready at once; returning from entry ends it. */
void task_create(struct task *t, const char *name, int priority, void (*entry)(void *), void *argument, void *stack,
                 size_t stack_size);
struct task *task_current(void);
void task_sleep_until(uint64_t deadline);
void task_sleep(uint64_t ticks);
void task_yield(void); /* lets another of the same priority go first */

/* --- time (timer.c) --- */

static inline uint64_t now(void) { return csr_read(time); }
uint64_t ticks_of_us(uint64_t us);
uint64_t ns_of_ticks(uint64_t ticks);

/* --- synchronisation (sync.c); deadlines are absolute, in ticks; a call says whether it got what it waited for --- */

struct semaphore {
    unsigned count;
    struct wait_list waiters;
};

int semaphore_wait(struct semaphore *s, uint64_t deadline);
void semaphore_post(struct semaphore *s); /* also from an interrupt handler */

struct mutex {
    struct task *owner;
    struct wait_list waiters;
    struct mutex *next_held;
};

void mutex_lock(struct mutex *m); /* not recursive */
void mutex_unlock(struct mutex *m);

struct queue {
    struct semaphore items, room;
    char *buffer;
    size_t item_size;
    unsigned length, head, tail;
};

void queue_init(struct queue *q, void *buffer, size_t item_size, unsigned length);
int queue_send(struct queue *q, const void *item, uint64_t deadline);
int queue_receive(struct queue *q, void *item, uint64_t deadline);
int queue_offer(struct queue *q, const void *item); /* without waiting; also from an interrupt handler */

/* --- interrupts (trap.c) --- */

/* Switches interrupts off; irq_restore(what it returned) ends that. They nest. */
static inline uint64_t irq_save(void)
{
    uint64_t before;
    __asm__ volatile("csrrci %0, sstatus, 2" : "=r"(before)::"memory");
    return before & 2;
}

static inline void irq_restore(uint64_t before)
{
    __asm__ volatile("csrs sstatus, %0" ::"r"(before) : "memory");
}

/* Has `handler(argument)` called for a PLIC source, with interrupts off. */
void irq_attach(unsigned source, void (*handler)(void *), void *argument);

/* Reports a defect and ends the machine as failed (SBI system reset, reason "system failure"). */
void panic(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* --- console (uart.c): lines of several tasks do not mix --- */

void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
int console_key(uint64_t deadline); /* -1 if none is pressed in time */

/* --- watchdog (watchdog.c): who has started it must restart it within 1 to 6 seconds, again and again --- */

int watchdog_start(const void *dtb, unsigned seconds); /* false if there is none */
void watchdog_restart(void);

/* --- channels (channel.c) --- */

struct channel {
    uintptr_t registers;
    volatile void *window;
    uint64_t size;
    struct semaphore rung; /* counted up whenever bits of `pending` are added */
    uint32_t pending;
};

#define CHANNEL_PEER_CHANGED (1u << 31) /* in what channel_wait returns */

int channel_open(struct channel *c, const void *dtb, const char *name);
int channel_peer_up(const struct channel *c);
void channel_ring(const struct channel *c, uint32_t bits);
uint32_t channel_wait(struct channel *c, uint64_t deadline); /* the bits that were rung since; 0 if none in time */

/* --- chips on an I2C bus that another VM is the controller of (i2c.c) --- */

struct i2c_chip {
    uint32_t address; /* of 7 bits */
    void (*begin)(struct i2c_chip *chip, int reads);
    int (*take)(struct i2c_chip *chip, uint8_t byte); /* whether it acknowledges that */
    uint8_t (*give)(struct i2c_chip *chip);
};

struct i2c_bus {
    struct channel channel;
    struct i2c_chip *const *chips;
    unsigned count;
    struct i2c_chip *selected; /* null between transfers, and if nobody has the address */
    int reads;
};

int i2c_open(struct i2c_bus *bus, const void *dtb, const char *name, struct i2c_chip *const *chips, unsigned count);
void i2c_serve(struct i2c_bus *bus); /* waits for a question and answers it */

#endif
