/* A channel endpoint as a process has it: registers and window mapped, and a GPIO pin to wait on. */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "channel_registers.h"
#include "linux.h"

struct endpoint {
    char name[CHANNEL_NAME_SIZE];
    uint64_t registers_at, window_at, window_size; /* guest-physical */
    uint32_t pin;
    volatile uint8_t *registers, *window;
    int line; /* file descriptor of the pin's events; -1 until somebody waits */
};

/* Calls for each channel in the device tree, unmapped, until one returns true. */
int each_endpoint(int (*visit)(struct endpoint *, void *), void *argument);
/* Finds a channel by name and maps it, or ends the program. */
void endpoint_open(struct endpoint *e, const char *name);
void endpoint_map(struct endpoint *e);

uint32_t endpoint_get(const struct endpoint *e, unsigned reg);
void endpoint_set(const struct endpoint *e, unsigned reg, uint32_t value);
int endpoint_writable(const struct endpoint *e);
void endpoint_ring(const struct endpoint *e, uint32_t bits);
/* The bits that were rung, which are pending no longer; 0 if none are in that many milliseconds (-1: for ever). */
uint32_t endpoint_wait(struct endpoint *e, long milliseconds);

/* Takes the pin, which one process has at a time; a negative error number if another one has it. */
long endpoint_claim(struct endpoint *e);
/* Waits until the pin, which has been taken, rises; 0 if it does not in that many milliseconds (-1: for ever). */
int endpoint_edge(const struct endpoint *e, long milliseconds);

#endif
