/*
 * A channel to the twin: a word goes to and fro, each time with one ring of the doorbell. Who has it writes what it has
 * counted, and adds to a sum that both share.
 */
#include "witness.h"

#define NAME "twin"
#define BELL 1u
#define WORDS 64
#define ADDED 16 /* by each turn */

struct window {
    volatile uint64_t sum;
    volatile uint64_t ended[2]; /* a machine that has ended by itself, as its twin should know */
    struct {
        volatile uint64_t turn;
        volatile struct account account;
        volatile uint64_t words[WORDS];
    } of[2];
};

static struct channel channel;
static struct told told;
static uint64_t pace;

static void barrier(void) { __asm__ volatile("fence rw, rw" ::: "memory"); }

static struct window *window(void) { return (struct window *)(uintptr_t)channel.window; }

static uint64_t key_of(unsigned from, uint64_t turn) { return (uint64_t)(from + 1) << 56 ^ turn; }

static void give(uint64_t turn)
{
    struct window *w = window();
    for (unsigned i = 0; i < ADDED; i++)
        __atomic_fetch_add(&w->sum, 1, __ATOMIC_SEQ_CST);
    account_take(&w->of[side].account, &told);
    fill_words(w->of[side].words, WORDS, key_of(side, turn));
    w->of[side].turn = turn;
    channel_ring(&channel, BELL);
}

/* The twin was not there when this machine began, or has ended. */
static void peer_changed(uint64_t turn)
{
    barrier();
    if (window()->ended[!side])
        end_with_twin();
    if (turn > 2)
        fault("the twin came or went at turn %lu of the channel", turn);
}

static void await(uint64_t turn)
{
    const struct window *w = window();
    for (int missed = 0;;) {
        uint32_t bits = channel_wait(&channel, now() + ticks_of_us(PATIENCE_US / 2));
        if (bits & CHANNEL_PEER_CHANGED)
            peer_changed(turn);
        barrier();
        if (bits & BELL) {
            if (w->of[!side].turn != turn)
                fault("the twin's bell rang for turn %lu of the channel, which is at %lu", turn, w->of[!side].turn);
            return;
        }
        missed = bits ? missed : missed + 1;
        if (missed > 1)
            fault("the twin's bell did not ring for turn %lu of the channel, which is at %lu", turn, w->of[!side].turn);
    }
}

static void check(uint64_t turn)
{
    const struct window *w = window();
    if (!same_words(w->of[!side].words, WORDS, key_of(!side, turn)))
        fault("turn %lu of the channel has other words", turn);
    if (w->sum != ADDED * turn)
        fault("the sum in the channel is %lu after %lu turns", w->sum, turn);
    account_check(&w->of[!side].account, &told, "channel");
}

/* Turns are counted from 1; the odd ones are those of side 0. */
static void run(void *unused)
{
    (void)unused;
    while (!channel_peer_up(&channel))
        task_sleep(ticks_of_us(1000));
    for (uint64_t turn = 1;; turn++) {
        if (turn % 2 != side) {
            task_sleep(pace);
            give(turn);
        } else {
            await(turn);
            check(turn);
        }
        counters.of[CHANNEL] = turn;
    }
}

void channel_end(void)
{
    if (channel.window) {
        window()->ended[side] = 1;
        barrier();
    }
}

int channel_start(const void *dtb, uint64_t pace_us)
{
    static struct task task;
    static char stack[2048] STACK_ALIGNED;
    if (!channel_open(&channel, dtb, NAME))
        return 0;
    if (channel.size < sizeof(struct window))
        panic("channel " NAME " has %lu bytes, and %lu are needed", channel.size, sizeof(struct window));
    pace = ticks_of_us(pace_us);
    task_create(&task, "channel", 20, run, 0, stack, sizeof stack);
    return 1;
}
