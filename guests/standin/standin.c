/*
 * Stands in for Linux when a build rehearses the second start of `run linux`: it has the shell's prompt on its virtio
 * console, waits as a shell does, and when the machine has become another generation, it works for a while, so that its
 * code gets hot, and ends it.
 */
#include "guest.h"
#include "sbi.h"
#include "virtqueue.h"

#define CONSOLE 3
#define ENTROPY 4
#define GENERATION 0x00103000ul
#define TICKS 1000000ul /* of `time`: a tenth of a second */

static struct virtqueue input, output, entropy;
static uint8_t typed[64], drawn[64];
static volatile uint64_t table[8192];

static void give(struct virtqueue *q, const void *data, uint32_t length, uint16_t flags)
{
    q->descriptors[0] = (struct descriptor){(uintptr_t)data, length, flags, 0};
    virtqueue_offer(q, 0);
}

static void say(const char *text)
{
    give(&output, text, (uint32_t)strlen(text), 0);
    while (virtqueue_take(&output) < 0)
        ;
}

static int start(void)
{
    uintptr_t console = virtio_find(CONSOLE, 0), source = virtio_find(ENTROPY, 0);
    if (!console || !source || !virtio_begin(console, 0) || !virtio_begin(source, 0) ||
        !virtqueue_start(&input, console, 0) || !virtqueue_start(&output, console, 1) ||
        !virtqueue_start(&entropy, source, 0))
        return 0;
    virtio_ok(console);
    virtio_ok(source);
    give(&input, typed, sizeof typed, DESC_WRITE);
    return 1;
}

static uint64_t generation(void) { return (uint64_t)in32(GENERATION + 4) << 32 | in32(GENERATION); }

static void work(void)
{
    for (unsigned round = 0; round < 20; round++)
        for (unsigned i = 0; i < 8192; i++)
            table[i] = table[i * 33 % 8192] + i;
}

static void wait(void)
{
    sbi_call(SBI_TIME, SBI_TIME_SET, csr_read(time) + TICKS, 0, 0);
    __asm__ volatile("wfi");
}

void standin_main(void)
{
    if (!start())
        finish(1);
    uint64_t first = generation();
    say("atoll:~# ");
    csr_set(sie, 1u << 5); /* the timer's interrupt ends a wfi, and is not taken */
    while (generation() == first)
        wait();
    work();
    give(&entropy, drawn, sizeof drawn, DESC_WRITE);
    while (virtqueue_take(&entropy) < 0)
        ;
    say("\r\n");
}
