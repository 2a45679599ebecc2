/* Code that changes under itself, code where none may be, and words that are no code at all. */
#include "hostile.h"

#define PATCHES 3000
#define PLACES 200
#define WORDS 3000
#define RET 0x00008067u
#define LI_A0(n) (0x00000513u | (uint32_t)(n) << 20) /* addi a0, zero, n */
#define OPCODE_SYSTEM 0x73
#define FAR (8ul << 20) /* more than a jump's 1 MiB from anything that matters */

static uint32_t page[2048] __attribute__((aligned(4096)));

static uint64_t result;

static void call(uint64_t address)
{
    result = ((uint64_t(*)(void))address)();
}

static void fence_i(void)
{
    __asm__ volatile("fence.i" ::: "memory");
}

/* A function written anew before each call; every other time without the fence, then either version is right. */
static void patch(struct tally *t)
{
    for (unsigned i = 0; i < PATCHES; i++) {
        uint32_t *at = &page[i % 3 ? 0 : 1023]; /* 1023: its return lies on the next page */
        unsigned now = i & 0x7ff, before = at[0] >> 20;
        at[0] = LI_A0(now);
        at[1] = RET;
        if (i % 2)
            fence_i();
        if (try(t, call, (uint64_t)at) == NO_TRAP && result != now && result != before)
            escaped("code that was %u and is %u returned %lu", before, now, result);
        fence_i();
    }
}

/* A place without code must not be executable: nothing, devices, shared memory. */
static void elsewhere(struct tally *t)
{
    struct fdt_device channel;
    uint64_t window = fdt_find(tree, "atoll,channel", 0, &channel) ? channel.reg[2] : 0;
    if (window && try(t, (void (*)(uint64_t))window, 0) == NO_TRAP)
        escaped("shared memory at %lx could be executed", window);
    for (int i = 0; i < PLACES; i++) {
        uint64_t a = i % 2 ? nowhere() : UART + random_below(8);
        if (try(t, call, a) == NO_TRAP)
            escaped("code was executed at %lx, where none can be", a);
    }
}

struct tally attack_code(void)
{
    struct tally t = {0, 0};
    patch(&t);
    elsewhere(&t);
    return t;
}

/*
 * Whether a system instruction begins in this word, as it is aligned or behind a compressed one. Those are left to
 * registers.c: they would change how traps are taken.
 */
static int has_system(uint32_t word)
{
    return (word & 0x7f) == OPCODE_SYSTEM || (word >> 16 & 0x7f) == OPCODE_SYSTEM;
}

/*
 * Random words, where neither a jump nor what their registers hold leads to this program: that would be itself that it
 * attacks.
 */
struct tally attack_words(void)
{
    struct tally t = {0, 0};
    uint32_t *at = (uint32_t *)(ram_end - FAR);
    for (int i = 0; i < WORDS; i++) {
        for (unsigned w = 0; w < 8; w++) {
            do
                at[w] = (uint32_t)random64();
            while (has_system(at[w]));
        }
        at[8] = 0; /* no instruction: the end */
        fence_i();
        try(&t, run_bare, (uint64_t)at);
    }
    return t;
}
