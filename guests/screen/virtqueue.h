/* One queue of a virtio-mmio device, used by polling (virtio 1.2, sections 2.7 and 4.2). */
#ifndef VIRTQUEUE_H
#define VIRTQUEUE_H

#include "guest.h"
#include "virtio_registers.h"

#define ENTRIES 16

struct virtqueue {
    struct descriptor descriptors[ENTRIES] __attribute__((aligned(16)));
    struct {
        uint16_t flags, index, ring[ENTRIES], used_event;
    } available __attribute__((aligned(2)));
    volatile struct {
        uint16_t flags, index;
        struct {
            uint32_t id, length;
        } ring[ENTRIES];
        uint16_t avail_event;
    } used __attribute__((aligned(4)));
    uintptr_t device;
    uint16_t number, taken;
};

/* The n-th device of that kind, or 0. */
uintptr_t virtio_find(uint32_t kind, unsigned n);

/* Resets a device and takes some of its low feature bits; queues come next, then virtio_ok. */
int virtio_begin(uintptr_t device, uint32_t features);
int virtqueue_start(struct virtqueue *q, uintptr_t device, uint16_t number);
void virtio_ok(uintptr_t device);

/* Gives the device the chain that begins at a descriptor. */
void virtqueue_offer(struct virtqueue *q, uint16_t head);

/* The next chain that came back; -1 if there is none. */
int virtqueue_take(struct virtqueue *q);

#endif
