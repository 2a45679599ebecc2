/* What the files of the driver VM share. */
#ifndef DRIVER_H
#define DRIVER_H

#include "rtos.h"
#include "channel_registers.h"
#include "service_ring.h"
#include "virtio_registers.h"

#define KIND_BLOCK 2
#define KIND_ENTROPY 4
#define MOST_CLIENTS 16
#define MOST_DEVICES 8
#define MOST_AT_ONCE 16 /* requests of a client before it is the next one's turn */
#define MOST_FLIGHTS 64 /* requests that a device has at the same time */

struct client {
    uintptr_t registers;
    volatile char *window;
    uint64_t size;
    uint32_t epoch;    /* that it is served in; 0 for none */
    uint32_t taken;    /* requests */
    uint32_t answered;
    unsigned flights;  /* requests that a device has, of this epoch or the one before */
    uint32_t told;     /* of those that it was rung for */
    char name[CHANNEL_NAME_SIZE] __attribute__((aligned(4)));
};

/* A request, read once: the client's monitor may have changed its copy since. */
struct job {
    struct client *client;
    struct service_request request;
};

/* --- driver.c --- */

volatile struct service *service_of(const struct client *c);
/* Tells the client's monitor that a request is done, so many bytes of its `in` being valid. */
void answer(struct client *c, uint32_t number, uint32_t written);
/* There may be something to do. */
void wake(void *unused);

/* --- devices.c --- */

void devices_init(const void *dtb);
/* Begins a request; 0 if its device has no room now. */
int device_begin(const struct job *job);
/* Answers what devices have finished; whether anything was. */
int devices_finish(void);
/* Whether devices are to interrupt when they have finished something; they are looked at anyway while there is work. */
void devices_quiet(int quiet);
/* 512-byte sectors of a disk, 0 if there is none. */
uint64_t disk_sectors(unsigned unit);

#endif
