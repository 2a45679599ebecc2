/* An ivshmem device (docs/ivshmem.md) as a process has it: registers and memory mapped. */
#ifndef DEVICE_H
#define DEVICE_H

#include "linux.h"

/* QEMU's docs/specs/ivshmem-spec. */
#define MASK 0x00
#define STATUS 0x04
#define POSITION 0x08
#define DOORBELL 0x0c

struct device {
    char path[64], name[32], uio[32];
    unsigned left; /* how many of them are before it */
    volatile uint32_t *registers;
    volatile uint8_t *memory;
    uint64_t size;
};

/* The n-th of the machine; whether there is one. */
int device_find(struct device *d, unsigned n);
/* Finds and maps it, or ends the program. */
void device_open(struct device *d, unsigned n);
/* A number that the kernel says of it; 0 if it does not. */
unsigned long device_attribute(const struct device *d, const char *name);
void device_ring(const struct device *d, unsigned peer, unsigned vector);
/* Has the pin interrupt again, which uio_pci_generic has switched off at the last interrupt. */
void device_allow_interrupt(const struct device *d);

/* Decimal, or hexadecimal behind 0x, up to what is no digit, where *text points to afterwards. */
unsigned long digits(const char **text);

#endif
