/*
 * Virtio over memory that two machines share, laid out as Siemens' proposal for ivshmem has it: a table of states, a header that
 * stands for a transport's registers, then queues and buffers of the driver's. Addresses in queues are offsets in the memory.
 */
#ifndef LINK_H
#define LINK_H

#include "device.h"

#define STATES_AT 0 /* 32 bits for each peer */
#define HEADER_AT 4096
#define STATE_NONE 0
#define STATE_READY 1

#define REVISION 1
#define DEVICE_NET 1
#define QUEUES 2
#define RECEIVE 0
#define TRANSMIT 1
#define QUEUE_SIZE 128
#define NET_HEADER 12 /* virtio 1.2, 5.1.6 */
#define FRAME 2048    /* a buffer: the header and an Ethernet frame */

/* virtio 1.2, 2.1 */
#define ACKNOWLEDGE 1u
#define DRIVER 2u
#define DRIVER_OK 4u
#define FEATURES_OK 8u
#define NEEDS_RESET 64u
#define VERSION_1 1u /* among the features from 32 on */

struct header {
    uint32_t revision, size;
    uint32_t write_transaction; /* what the driver has written: the field's offset; the device puts 0 when it has seen it */
    uint32_t device_features, device_features_select;
    uint32_t driver_features, driver_features_select;
    uint32_t queue_select;
    uint16_t queue_size, queue_device_vector, queue_driver_vector, queue_enable;
    uint64_t queue_descriptors, queue_available, queue_used;
    uint8_t config_event, queue_event, reserved[2];
    uint32_t device_status;
    uint32_t config_generation;
};

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};
#define NEXT 1
#define WRITE 2

struct available {
    uint16_t flags, index, ring[];
};

struct used {
    uint16_t flags, index;
    struct {
        uint32_t id, length;
    } ring[];
};
#define QUIET 1 /* a flag of both: the other side need not ring; it asks behind a barrier, and who sleeps looks behind one */

/*
 * A queue as either side sees it: `seen` counts what it has taken from the other, `given` what it has given. The index in the
 * memory only tells the other side, which may write what it likes there.
 */
struct queue {
    uint16_t size, seen, given, enabled;
    uint8_t lent[QUEUE_SIZE]; /* the driver's side: which buffers the device has */
    volatile struct descriptor *descriptors;
    volatile struct available *available;
    volatile struct used *used;
};

struct link {
    struct device device;
    volatile struct header *header;
    volatile uint32_t *states;
    unsigned self, peer;
    int tap, uio, config;
    int room; /* for a frame of the interface, which is not asked for otherwise */
    struct queue queues[QUEUES];
    unsigned free[QUEUE_SIZE], frees; /* buffers for sending, the driver's side */
};

static inline void ring(const struct link *l) { device_ring(&l->device, l->peer, 0); }
/* Also for the register that says whether it was rung. */
static inline void barrier(void) { __asm__ volatile("fence iorw, iorw" ::: "memory"); }

static inline volatile uint8_t *at(const struct link *l, uint64_t offset) { return l->device.memory + offset; }
static inline int inside(const struct link *l, uint64_t offset, uint64_t bytes)
{
    return offset <= l->device.size && bytes <= l->device.size - offset;
}

/* Waits for the peer, a frame or so many milliseconds; whether there is a frame. */
int link_wait(struct link *l, long milliseconds);
/* Tells people what has happened, some times only: the peer may have it happen again and again. */
void say(const char *what);
/* A frame of the interface straight to or from the shared memory; the number of bytes, 0 if there is none. */
size_t tap_read(const struct link *l, volatile uint8_t *to, size_t room);
void tap_write(const struct link *l, volatile uint8_t *from, size_t bytes);

/* Either side: all that there is to do now; and, before it sleeps, to be rung again: whether there is still something to do. */
void back_begin(struct link *l);
int back_work(struct link *l, int frames);
void front_begin(struct link *l);
int front_work(struct link *l, int frames);

#endif
