/* What the files of atoll-serve share. */
#ifndef SERVE_H
#define SERVE_H

#include "endpoint.h"
#include "service_ring.h"

#define KIND_BLOCK 2
#define KIND_ENTROPY 4
#define SECTOR 512

/* A client's device as the process has it that serves it. */
struct client {
    struct endpoint end;
    uint32_t epoch, entries, requests_at, answers_at;
    uint32_t taken, answered; /* in this epoch */
    uint32_t untold;
    uint32_t kind;
    int disk; /* a file descriptor; negative if there is none */
    int read_only;
    uint64_t first, sectors; /* the client's part of the disk */
};

/* The disks of this machine, in the order of their units. */
struct disks {
    char **names;
    unsigned count;
};

static inline volatile struct service *header(const struct endpoint *e)
{
    return (volatile struct service *)e->window;
}

/* Serves a client, in a process that has nothing else to do. */
void serve(struct client *c, const struct disks *disks) __attribute__((noreturn));

/* storage.c */
int disk_open(const char *name, int *read_only);
void disk_choose(struct client *c, const struct disks *disks);
/* Each does what a request asks for, and returns how many bytes of what it is to write are valid. */
uint32_t disk_request(struct client *c, const struct service_request *r);
uint32_t entropy_request(struct client *c, const struct service_request *r);

#endif
