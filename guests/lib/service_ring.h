/* The memory that a driver VM shares with a client's monitor (docs/driver-vm.md), little-endian. */
#ifndef SERVICE_RING_H
#define SERVICE_RING_H

#include <stdint.h>

#define SERVICE_MAGIC 0x56535441u /* "ATSV" */
#define SERVICE_VERSION 1
#define SERVICE_READ_ONLY 1u
#define SERVICE_LOOK 1u /* the bit to ring */

struct service {
    /* The client's monitor writes these. */
    uint32_t magic, version;
    uint32_t kind;                                         /* a virtio device's number */
    uint32_t entries;                                      /* of both rings, a power of two */
    uint32_t requests_at, answers_at, data_at;             /* from the start of the window */
    uint32_t flags;
    uint32_t unit;                                         /* which of the server's devices */
    uint32_t reserved;
    uint64_t offset, bytes;                                /* of its disk; 0 for the rest of it */
    uint64_t address;                                      /* of a network's client: 6 bytes, the first lowest */
    uint32_t epoch;
    uint32_t requests;                                     /* how many there have been in this epoch */
    uint32_t reserved3[14];
    /* The server writes these. */
    uint32_t answers; /* the same */
    uint32_t ready;   /* the epoch that it serves */
    uint64_t said;    /* sectors of the disk that the client is to see; whether a network has a link */
};

struct service_request {
    uint32_t number, queue;
    uint32_t out, out_bytes; /* what the server reads: where from the window's start, and how much */
    uint32_t in, in_bytes;   /* what it writes */
    uint32_t reserved[2];
};

struct service_answer {
    uint32_t number;
    uint32_t written; /* how many bytes of what it was to write are valid, from the first on */
    uint32_t reserved[2];
};

#endif
