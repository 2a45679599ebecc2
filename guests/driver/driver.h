/* What the files of the driver VM share. */
#ifndef DRIVER_H
#define DRIVER_H

#include "rtos.h"
#include "channel_registers.h"
#include "service_ring.h"
#include "virtio_registers.h"

#define KIND_NETWORK 1
#define KIND_BLOCK 2
#define KIND_CONSOLE 3
#define KIND_ENTROPY 4
#define QUEUE_IN 0  /* of networks and consoles: room for what comes in */
#define QUEUE_OUT 1
#define MOST_CLIENTS 16
#define MOST_DEVICES 8
#define MOST_AT_ONCE 16 /* requests of a client before it is the next one's turn */
#define MOST_FLIGHTS 64 /* requests that a device has at the same time */
#define MOST_ROOM 64    /* buffers of a client that wait for something to come in */
#define MOST_LINE 256   /* characters of a console's line that are shown together */

struct client {
    uintptr_t registers;
    volatile char *window;
    uint64_t size;
    uint32_t kind;
    uint32_t epoch;    /* that it is served in; 0 for none */
    uint32_t taken;    /* requests */
    uint32_t seen;     /* requests that there were when it was looked at */
    uint32_t answered;
    unsigned flights;  /* requests that a device has, of this epoch or the one before */
    uint32_t told;     /* of those that it was rung for */
    uint64_t address;  /* of a network's client: 6 bytes, the first lowest */
    struct service_request room[MOST_ROOM];
    uint32_t room_first, room_end;
    char line[MOST_LINE]; /* of a console's client: its last line, which has not ended */
    unsigned length, shown;
    uint32_t printed;     /* of its next request */
    int escape;           /* in a sequence that begins by ESC */
    char name[CHANNEL_NAME_SIZE] __attribute__((aligned(4)));
};

/* A request, read once: the client's monitor may have changed its copy since. */
struct job {
    struct client *client;
    struct service_request request;
};

/* --- driver.c --- */

extern struct client clients[MOST_CLIENTS];
extern unsigned client_count;

volatile struct service *service_of(const struct client *c);
/* Whether a client's monitor is served in the epoch that it has. */
int current(const struct client *c);
/* Tells the client's monitor that a request is done, so many bytes of its `in` being valid. */
void answer(struct client *c, uint32_t number, uint32_t written);
/* The next buffer that a client has for what comes in; 0 if it has none. */
const struct service_request *room_of(struct client *c);
/* Gives it back with so many bytes in it. */
void room_filled(struct client *c, uint32_t bytes);
/* There may be something to do. */
void wake(void *unused);

/* --- queue.c: a queue of a virtio device (virtio 1.2, 2.7), with interrupts --- */

#define DESCRIPTORS 256

struct virtqueue {
    struct descriptor descriptors[DESCRIPTORS] __attribute__((aligned(16)));
    struct {
        uint16_t flags, index, ring[DESCRIPTORS], used_event;
    } available __attribute__((aligned(2)));
    volatile struct {
        uint16_t flags, index;
        struct {
            uint32_t id, length;
        } ring[DESCRIPTORS];
        uint16_t avail_event;
    } used __attribute__((aligned(4)));
    uintptr_t registers;
    uint16_t number, size, taken, told;
};

/* A device's configuration has changed. */
extern volatile int virtio_changed;
/* The device of a kind in a slot, or 0. */
uintptr_t virtio_at(unsigned slot, uint32_t kind);
/* Resets a device and takes some of its features; queues come next, then virtio_ok. */
int virtio_begin(uintptr_t registers, uint64_t features);
void virtio_ok(uintptr_t registers, unsigned slot);
void virtqueue_start(struct virtqueue *q, uintptr_t registers, uint16_t number);
/* Offers the chain that begins at a descriptor. */
void virtqueue_offer(struct virtqueue *q, uint16_t head);
/* One notification for all that was offered since the last one. */
void virtqueue_tell(struct virtqueue *q);
/* The next chain that came back, and how many bytes were written to it; -1 if there is none. */
int virtqueue_take(struct virtqueue *q, uint32_t *written);
int virtqueue_has(const struct virtqueue *q);
/* Whether the device is to interrupt when it gives something back. */
void virtqueue_quiet(struct virtqueue *q, int quiet);

/* --- devices.c, networks.c, terminal.c: each begins a request (0 if its device has no room now), finishes what it can
 * (whether anything was), has something to finish, is quiet while it is looked at anyway --- */

void devices_init(void);
/* Reads again how large the disks are. */
void devices_look(void);
int device_begin(const struct job *job);
int devices_finish(void);
int devices_have(void);
void devices_quiet(int quiet);
/* 512-byte sectors of a disk, 0 if there is none. */
uint64_t disk_sectors(unsigned unit);

void networks_init(void);
int network_begin(const struct job *job);
int networks_finish(void);
int networks_have(void);
void networks_quiet(int quiet);
/* Whether a network interface has a link. */
int network_up(unsigned unit);

void terminal_init(void);
int terminal_begin(const struct job *job);
int terminal_finish(void);
int terminal_has(void);
/* A line of the driver's own. */
void say(const char *format, const char *name, uint32_t number);

/* --- watch.c: restarts the board's watchdog as long as `turns` goes on --- */

void watch_init(const void *dtb);
extern volatile uint32_t turns;

#endif
