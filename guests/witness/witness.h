/* What the parts of the witness share. Each has a task that counts what it has done and found right. */
#ifndef WITNESS_H
#define WITNESS_H

#include "rtos.h"

/* How long a part waits for what must come, before it is lost: far above what a busy host makes of it. */
#define PATIENCE_US 60000000ul

enum part { MEMORY, DISK, CHANNEL, NETWORK, TICKS, PARTS };

/* How often each part has done its work. Written by its own task alone. */
struct counters {
    uint64_t of[PARTS];
};
extern volatile struct counters counters;

/* 0 or 1: which of the two machines this is. */
extern unsigned side;

/* Reports the first disagreement and ends the machine as failed. */
void fault(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The machine has nobody any more to talk to, as was agreed, and ends. */
void end_with_twin(void) __attribute__((noreturn));

/* Words that follow from a key, each from the one before. */
static inline uint64_t first_word(uint64_t key)
{
    key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9ul;
    key = (key ^ key >> 27) * 0x94d049bb133111ebul;
    return key ^ key >> 31;
}
static inline uint64_t next_word(uint64_t word) { return word * 6364136223846793005ul + 1442695040888963407ul; }
void fill_words(volatile uint64_t *words, unsigned count, uint64_t key);
int same_words(const volatile uint64_t *words, unsigned count, uint64_t key);

/* A number below a limit, another one each time. Each task has a state of its own. */
static inline unsigned draw(uint64_t *state, unsigned limit)
{
    *state = next_word(*state);
    return (unsigned)((*state >> 33) % limit);
}

/* What two machines tell each other: what they have counted, and what they were last told. */
struct account {
    uint64_t mine[PARTS], yours[PARTS];
};

/* What this machine was last told by one way. */
struct told {
    uint64_t of[PARTS];
};
void account_take(volatile struct account *a, const struct told *by);
void account_check(const volatile struct account *a, struct told *by, const char *way);

/* Each returns false if the machine has no such device. */
void memory_start(unsigned pages);
int disk_start(void);
int channel_start(const void *dtb, uint64_t pace_us);
int network_start(uint64_t pace_us);
void ticks_start(uint64_t period_us);

/* Whether the timer's interrupt is still to be expected; called again and again by whoever is interrupted by it. */
void ticks_look(void);

/* Tells the twin that this machine is about to end. */
void channel_end(void);

#endif
