#include "virtqueue.h"

#define F_VERSION_1 32

static void set64(uintptr_t device, unsigned low, const volatile void *p)
{
    out32(device + low, (uint32_t)(uintptr_t)p);
    out32(device + low + 4, (uint32_t)((uintptr_t)p >> 32));
}

uintptr_t virtio_find(uint32_t kind, unsigned n)
{
    for (unsigned slot = 0; slot < SLOTS; slot++)
        if (in32(SLOT(slot) + MAGIC) == 0x74726976 && in32(SLOT(slot) + DEVICE_ID) == kind && n-- == 0)
            return SLOT(slot);
    return 0;
}

int virtio_begin(uintptr_t device, uint32_t features)
{
    out32(device + STATUS, 0);
    out32(device + STATUS, ACKNOWLEDGE);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER);
    out32(device + DRIVER_FEATURES_SELECT, 0);
    out32(device + DRIVER_FEATURES, features);
    out32(device + DRIVER_FEATURES_SELECT, 1);
    out32(device + DRIVER_FEATURES, 1u << (F_VERSION_1 - 32));
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return (in32(device + STATUS) & FEATURES_OK) != 0;
}

int virtqueue_start(struct virtqueue *q, uintptr_t device, uint16_t number)
{
    q->device = device;
    q->number = number;
    out32(device + QUEUE_SELECT, number);
    if (in32(device + QUEUE_SIZE_MAX) < ENTRIES)
        return 0;
    out32(device + QUEUE_SIZE, ENTRIES);
    set64(device, QUEUE_DESC_LOW, q->descriptors);
    set64(device, QUEUE_DRIVER_LOW, &q->available);
    set64(device, QUEUE_DEVICE_LOW, &q->used);
    out32(device + QUEUE_READY, 1);
    return 1;
}

void virtio_ok(uintptr_t device) { out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK); }

void virtqueue_offer(struct virtqueue *q, uint16_t head)
{
    q->available.ring[q->available.index % ENTRIES] = head;
    __asm__ volatile("fence rw, rw" ::: "memory");
    q->available.index++;
    __asm__ volatile("fence rw, rw" ::: "memory");
    out32(q->device + QUEUE_NOTIFY, q->number);
}

int virtqueue_take(struct virtqueue *q)
{
    if (q->used.index == q->taken)
        return -1;
    __asm__ volatile("fence r, rw" ::: "memory");
    return (int)q->used.ring[q->taken++ % ENTRIES].id;
}
