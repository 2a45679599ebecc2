/*
 * The network interfaces that the driver VM owns (virtio 1.2, 5.1). What a client sends goes out straight from the window
 * that it was lent in; what comes in is copied to the client whose address it is for, and to all of an interface's clients
 * if it is for all. Clients of one interface do not hear each other, and none sends in another's name.
 */
#include "driver.h"

#define MOST_NETWORKS 4
#define FEATURE_STATUS 16
#define LINK_AT (CONFIG + 4) /* in the upper half */
#define RECEIVE 0
#define TRANSMIT 1
#define DESCRIPTORS_EACH 2 /* to send: header and frame */
#define HEADER 12
#define LEAST_FRAME 14
#define ADDRESS 6
#define BUFFER 1536
#define MOST_AT_A_TIME 32 /* frames that come in before clients have their turn */

struct network {
    struct virtqueue receive, transmit;
    char buffers[MOST_FLIGHTS][BUFFER];
    struct job jobs[MOST_FLIGHTS];
    uint8_t busy[MOST_FLIGHTS];
};

static struct network networks[MOST_NETWORKS];
static unsigned count;
static char header[HEADER]; /* nothing is left for the device to do */

static int start(struct network *n, unsigned slot)
{
    uintptr_t r = virtio_at(slot, KIND_NETWORK);
    if (!r || !virtio_begin(r, 1u << FEATURE_STATUS))
        return 0;
    virtqueue_start(&n->receive, r, RECEIVE);
    virtqueue_start(&n->transmit, r, TRANSMIT);
    virtio_ok(r, slot);
    for (uint16_t i = 0; i < MOST_FLIGHTS && i < n->receive.size; i++) {
        n->receive.descriptors[i] = (struct descriptor){(uint64_t)n->buffers[i], BUFFER, DESC_WRITE, 0};
        virtqueue_offer(&n->receive, i);
    }
    virtqueue_tell(&n->receive);
    return 1;
}

void networks_init(void)
{
    for (unsigned slot = 0; slot < SLOTS && count < MOST_NETWORKS; slot++)
        count += start(&networks[count], slot);
}

int network_up(unsigned unit) { return unit < count && (in32(networks[unit].receive.registers + LINK_AT) >> 16 & 1); }

static uint64_t address_at(const volatile char *p)
{
    uint64_t address = 0;
    for (unsigned i = 0; i < ADDRESS; i++)
        address |= (uint64_t)(uint8_t)p[i] << 8 * i;
    return address;
}

/* --- what clients send --- */

static int place(const struct network *n)
{
    for (int i = 0; i < MOST_FLIGHTS && (i + 1) * DESCRIPTORS_EACH <= n->transmit.size; i++)
        if (!n->busy[i])
            return i;
    return -1;
}

int network_begin(const struct job *job)
{
    struct client *c = job->client;
    const struct service_request *r = &job->request;
    uint32_t unit = service_of(c)->unit;
    if (unit >= count || r->out_bytes < LEAST_FRAME || address_at(c->window + r->out + ADDRESS) != c->address) {
        answer(c, r->number, 0);
        return 1;
    }
    struct network *n = &networks[unit];
    int i = place(n);
    if (i < 0)
        return 0;
    uint16_t first = (uint16_t)(i * DESCRIPTORS_EACH);
    n->transmit.descriptors[first] = (struct descriptor){(uint64_t)header, HEADER, DESC_NEXT, (uint16_t)(first + 1)};
    n->transmit.descriptors[first + 1] = (struct descriptor){(uint64_t)(c->window + r->out), r->out_bytes, 0, 0};
    n->jobs[i] = *job;
    n->busy[i] = 1;
    c->flights++;
    virtqueue_offer(&n->transmit, first);
    return 1;
}

static int sent(struct network *n)
{
    uint32_t ignored;
    int any = 0;
    virtqueue_tell(&n->transmit);
    for (int head; (head = virtqueue_take(&n->transmit, &ignored)) >= 0; any = 1) {
        struct job *job = &n->jobs[head / DESCRIPTORS_EACH];
        n->busy[head / DESCRIPTORS_EACH] = 0;
        job->client->flights--;
        answer(job->client, job->request.number, 0);
    }
    return any;
}

/* --- what comes in --- */

/* A client that has no room for a frame misses it, as on any network. */
static void deliver(struct client *c, const char *frame, uint32_t bytes)
{
    const struct service_request *room = room_of(c);
    if (!room || room->in_bytes < bytes)
        return;
    for (uint32_t i = 0; i < bytes; i++)
        c->window[room->in + i] = frame[i];
    room_filled(c, bytes);
}

static void received(unsigned unit, const char *frame, uint32_t bytes)
{
    uint64_t to = address_at(frame);
    int all = frame[0] & 1; /* a group */
    for (unsigned i = 0; i < client_count; i++) {
        struct client *c = &clients[i];
        if (c->kind == KIND_NETWORK && current(c) && service_of(c)->unit == unit && (all || c->address == to))
            deliver(c, frame, bytes);
    }
}

static int receive(unsigned unit)
{
    struct network *n = &networks[unit];
    uint32_t bytes;
    int left = MOST_AT_A_TIME;
    for (int head; left > 0 && (head = virtqueue_take(&n->receive, &bytes)) >= 0; left--) {
        if (bytes >= HEADER + LEAST_FRAME)
            received(unit, n->buffers[head] + HEADER, bytes - HEADER);
        virtqueue_offer(&n->receive, (uint16_t)head);
    }
    virtqueue_tell(&n->receive);
    return left < MOST_AT_A_TIME;
}

int networks_finish(void)
{
    int any = 0;
    for (unsigned i = 0; i < count; i++)
        any |= sent(&networks[i]) | receive(i);
    return any;
}

int networks_have(void)
{
    for (unsigned i = 0; i < count; i++)
        if (virtqueue_has(&networks[i].receive) || virtqueue_has(&networks[i].transmit))
            return 1;
    return 0;
}

void networks_quiet(int quiet)
{
    for (unsigned i = 0; i < count; i++) {
        virtqueue_quiet(&networks[i].receive, quiet);
        virtqueue_quiet(&networks[i].transmit, quiet);
    }
}
