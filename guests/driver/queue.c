#include "driver.h"

#define FEATURE_VERSION_1 (1ull << 32)
#define INTERRUPT_CONFIG 2u
#define FIRST_SOURCE 1 /* the board's: slot n is on source 1 + n */

uintptr_t virtio_at(unsigned slot, uint32_t kind)
{
    return in32(SLOT(slot) + MAGIC) == 0x74726976 && in32(SLOT(slot) + DEVICE_ID) == kind ? SLOT(slot) : 0;
}

int virtio_begin(uintptr_t r, uint64_t features)
{
    features |= FEATURE_VERSION_1;
    out32(r + STATUS, 0);
    out32(r + STATUS, ACKNOWLEDGE);
    out32(r + STATUS, ACKNOWLEDGE | DRIVER);
    out32(r + DRIVER_FEATURES_SELECT, 0);
    out32(r + DRIVER_FEATURES, (uint32_t)features);
    out32(r + DRIVER_FEATURES_SELECT, 1);
    out32(r + DRIVER_FEATURES, (uint32_t)(features >> 32));
    out32(r + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return (in32(r + STATUS) & FEATURES_OK) != 0;
}

volatile int virtio_changed;

static void interrupted(void *registers)
{
    uintptr_t r = (uintptr_t)registers;
    uint32_t why = in32(r + INTERRUPT_STATUS);
    out32(r + INTERRUPT_ACK, why);
    if (why & INTERRUPT_CONFIG)
        virtio_changed = 1;
    wake(0);
}

void virtio_ok(uintptr_t r, unsigned slot)
{
    out32(r + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    irq_attach(FIRST_SOURCE + slot, interrupted, (void *)r);
}

static void set64(uintptr_t device, unsigned low, const volatile void *p)
{
    out32(device + low, (uint32_t)(uintptr_t)p);
    out32(device + low + 4, (uint32_t)((uintptr_t)p >> 32));
}

void virtqueue_start(struct virtqueue *q, uintptr_t r, uint16_t number)
{
    q->registers = r;
    q->number = number;
    out32(r + QUEUE_SELECT, number);
    uint32_t most = in32(r + QUEUE_SIZE_MAX);
    q->size = most < DESCRIPTORS ? (uint16_t)most : DESCRIPTORS;
    out32(r + QUEUE_SIZE, q->size);
    set64(r, QUEUE_DESC_LOW, q->descriptors);
    set64(r, QUEUE_DRIVER_LOW, &q->available);
    set64(r, QUEUE_DEVICE_LOW, &q->used);
    out32(r + QUEUE_READY, 1);
}

void virtqueue_offer(struct virtqueue *q, uint16_t head)
{
    q->available.ring[q->available.index % q->size] = head;
    __asm__ volatile("fence rw, rw" ::: "memory");
    q->available.index++;
}

void virtqueue_tell(struct virtqueue *q)
{
    if (q->told == q->available.index)
        return;
    q->told = q->available.index;
    __asm__ volatile("fence rw, rw" ::: "memory");
    if (!(q->used.flags & 1))
        out32(q->registers + QUEUE_NOTIFY, q->number);
}

int virtqueue_has(const struct virtqueue *q) { return q->used.index != q->taken; }

int virtqueue_take(struct virtqueue *q, uint32_t *written)
{
    if (!virtqueue_has(q))
        return -1;
    __asm__ volatile("fence r, rw" ::: "memory");
    unsigned at = q->taken++ % q->size;
    *written = q->used.ring[at].length;
    return (int)q->used.ring[at].id;
}

void virtqueue_quiet(struct virtqueue *q, int quiet) { q->available.flags = (uint16_t)quiet; }
