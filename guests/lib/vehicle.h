/*
 * What the cluster publishes in its channel's window (docs/guests.md); little-endian. Readers read `sequence` before
 * and after the rest: it is odd while the rest changes, and what lies between two equal even values is one state.
 */
#ifndef VEHICLE_H
#define VEHICLE_H

#include <stdint.h>

#define VEHICLE_CHANNEL "vehicle"
#define VEHICLE_MAGIC 0x4c434856u /* "VHCL" */
#define VEHICLE_VERSION 1
#define VEHICLE_PERIOD_US 1000

/* Doorbell bits: to the readers, ten times a second; from a reader, to have the statistics start anew. */
#define VEHICLE_UPDATED 1u
#define VEHICLE_RESTART 1u

/* lateness[n] counts control loops that began less than 2^n us late, and no less than 2^(n-1); the last, all others. */
#define VEHICLE_BUCKETS 20

struct vehicle {
    uint32_t magic, version, sequence;
    uint32_t speed;    /* 0.01 km/h */
    uint32_t rpm;      /* engine, 1/min */
    uint32_t fuel;     /* 0.01 % of the tank */
    uint32_t odometer; /* m */
    uint32_t missed;   /* loops that began a whole period late or more */
    uint64_t loops;
    uint64_t worst_ns; /* the largest lateness */
    uint32_t lateness[VEHICLE_BUCKETS];
};

#endif
