/*
 * A virtio disk (virtio 1.2, sections 4.2 and 5.2). Each step has an entry in a journal, which is flushed, then the block,
 * which is flushed, and then reads what others must still have: the memory knows it. Requests go alone, with one interrupt
 * each, and now and then several at once.
 */
#include "virtqueue.h"
#include "witness.h"

#define BLK_F_FLUSH 9
#define BLK_T_IN 0
#define BLK_T_OUT 1
#define BLK_T_FLUSH 4
#define KIND 2

#define BLOCK 4096
#define SECTORS (BLOCK / 512)
#define JOURNALS 2 /* blocks before the others, used in turn */
#define MOST_BLOCKS 256
#define WORDS ((BLOCK - sizeof(struct head)) / 8)
#define AT_ONCE 4 /* requests: three descriptors each */
#define SEVERAL 8 /* every so many steps */

struct head {
    uint64_t block, step, counted[PARTS];
};

struct block {
    struct head head;
    uint64_t words[WORDS];
};

static struct request {
    uint32_t type, reserved;
    uint64_t sector;
} requests[AT_ONCE];
static volatile uint8_t results[AT_ONCE];
static struct block buffers[AT_ONCE] __attribute__((aligned(BLOCK)));

static struct virtqueue queue;
static struct semaphore rung;
static volatile unsigned interrupts, idle_interrupts;
static unsigned seen; /* interrupts that were for something */
static uint64_t steps[MOST_BLOCKS]; /* by which a block was last written; 0 if never */
static unsigned blocks;

static void interrupted(void *unused)
{
    (void)unused;
    uint32_t status = in32(queue.device + INTERRUPT_STATUS);
    out32(queue.device + INTERRUPT_ACK, status);
    interrupts++;
    idle_interrupts += !status;
    semaphore_post(&rung);
}

static void offer(unsigned n, uint32_t type, uint64_t block)
{
    struct descriptor *d = &queue.descriptors[3 * n];
    requests[n] = (struct request){type, 0, block * SECTORS};
    results[n] = 0xff;
    d[0] = (struct descriptor){(uintptr_t)&requests[n], sizeof requests[n], DESC_NEXT,
                               (uint16_t)(3 * n + (type == BLK_T_FLUSH ? 2 : 1))};
    d[1] = (struct descriptor){(uintptr_t)&buffers[n], BLOCK, DESC_NEXT | (type == BLK_T_IN ? DESC_WRITE : 0),
                               (uint16_t)(3 * n + 2)};
    d[2] = (struct descriptor){(uintptr_t)&results[n], 1, DESC_WRITE, 0};
    virtqueue_offer(&queue, (uint16_t)(3 * n));
}

static void await_interrupt(void)
{
    if (!semaphore_wait(&rung, now() + ticks_of_us(PATIENCE_US)))
        fault("the disk does not interrupt; %u of its requests are done",
              (unsigned)(uint16_t)(queue.used.index - queue.taken));
    if (idle_interrupts)
        fault("the disk has interrupted %u times for nothing", idle_interrupts);
}

/* Takes what is done, of which there is one or more; returns how many. */
static unsigned take(void)
{
    unsigned done = 0;
    for (int head; (head = virtqueue_take(&queue)) >= 0; done++) {
        unsigned n = (unsigned)head / 3;
        if (n >= AT_ONCE || (unsigned)head % 3 || results[n] != 0)
            fault("request %d of the disk ended with %u", head, n < AT_ONCE ? results[n] : 0xff);
    }
    return done;
}

/* One request by itself, which has one interrupt. */
static void perform(uint32_t type, uint64_t block)
{
    offer(0, type, block);
    await_interrupt();
    seen++;
    if (take() != 1 || interrupts != seen)
        fault("the disk has interrupted %u times, and %u were for something", interrupts, seen);
}

static uint64_t key_of(uint64_t block, uint64_t step) { return block << 48 ^ step ^ 1ul << 63; }

/* The buffer becomes the block as of that step. */
static void compose(unsigned n, uint64_t block, uint64_t step)
{
    buffers[n].head.block = block;
    buffers[n].head.step = step;
    for (unsigned p = 0; p < PARTS; p++)
        buffers[n].head.counted[p] = counters.of[p];
    fill_words(buffers[n].words, WORDS, key_of(block, step));
}

/* What was read is what was last written there. */
static void check(unsigned n, uint64_t block, uint64_t step)
{
    const struct block *b = &buffers[n];
    if (b->head.block != block || b->head.step != step)
        fault("block %lu is that of step %lu (as block %lu), and not of step %lu", block, b->head.step, b->head.block, step);
    if (!same_words(b->words, WORDS, key_of(block, step)))
        fault("block %lu of step %lu has other words", block, step);
    for (unsigned p = 0; p < PARTS; p++)
        if (b->head.counted[p] > counters.of[p])
            fault("block %lu was written when %lu was counted of %u, and now it is %lu", block, b->head.counted[p], p,
                  counters.of[p]);
}

static void write_flushed(uint64_t block, uint64_t step)
{
    compose(0, block, step);
    perform(BLK_T_OUT, block);
    perform(BLK_T_FLUSH, 0);
}

static void read_checked(uint64_t block, uint64_t step)
{
    memset(&buffers[0], 0, BLOCK);
    perform(BLK_T_IN, block);
    check(0, block, step);
}

/* Several requests may have one interrupt or more. The last is under way once the device answers, and then comes at once. */
static void settle(void)
{
    if (in32(queue.device + INTERRUPT_STATUS) & ~3u)
        fault("the disk has an unknown interrupt");
    task_sleep(ticks_of_us(1000));
    while (semaphore_wait(&rung, 0))
        ;
    seen = interrupts;
}

/* Blocks that were written at some time, as many as there can be requests at once. */
static void read_several(uint64_t *random)
{
    unsigned chosen[AT_ONCE], count = 0;
    for (unsigned i = 0; i < AT_ONCE; i++) {
        unsigned n = draw(random, blocks);
        if (steps[n])
            chosen[count++] = n;
    }
    for (unsigned i = 0; i < count; i++) {
        memset(&buffers[i], 0, BLOCK);
        offer(i, BLK_T_IN, JOURNALS + chosen[i]);
    }
    for (unsigned done = 0; done < count; done += take())
        await_interrupt();
    settle();
    for (unsigned i = 0; i < count; i++)
        check(i, JOURNALS + chosen[i], steps[chosen[i]]);
}

static void run(void *unused)
{
    (void)unused;
    uint64_t random = side + 3;
    for (uint64_t step = 1;; step++) {
        unsigned n = draw(&random, blocks), other = draw(&random, blocks);
        write_flushed(step % JOURNALS, step);
        write_flushed(JOURNALS + n, step);
        steps[n] = step;
        read_checked(step % JOURNALS, step);
        if (steps[other])
            read_checked(JOURNALS + other, steps[other]);
        if (step % SEVERAL == 0)
            read_several(&random);
        counters.of[DISK] = step;
        task_sleep(ticks_of_us(500));
    }
}

int disk_start(void)
{
    static struct task task;
    static char stack[4096] STACK_ALIGNED;
    uintptr_t device = virtio_find(KIND, 0);
    if (!device || !virtio_begin(device, 1u << BLK_F_FLUSH) || !virtqueue_start(&queue, device, 0))
        return 0;
    uint64_t all = (in32(device + CONFIG) | (uint64_t)in32(device + CONFIG + 4) << 32) / SECTORS;
    if (all <= JOURNALS)
        panic("the disk has %lu blocks of %u bytes, and more than %u are needed", all, BLOCK, JOURNALS);
    blocks = all - JOURNALS < MOST_BLOCKS ? (unsigned)(all - JOURNALS) : MOST_BLOCKS;
    irq_attach((unsigned)((device - SLOT(0)) / (SLOT(1) - SLOT(0))) + 1, interrupted, 0);
    virtio_ok(device);
    task_create(&task, "disk", 15, run, 0, stack, sizeof stack);
    return 1;
}
