/* The driver's side: queues and buffers are in the shared memory from the third page on, at places that it keeps itself. */
#include "link.h"

#define QUEUE_AT(n) (8192ul + (n) * 12288ul)
#define BUFFERS_AT 32768ul
#define BUFFER(n) (BUFFERS_AT + (uint64_t)(n) * FRAME)
#define LEAST BUFFER(2 * QUEUE_SIZE)
#define A_MOMENT 10 /* ms */
#define MOST_MOMENTS 100

static int ready;           /* the device knows the queues */
static uint32_t generation; /* of the device that does */

void front_begin(struct link *l)
{
    if (l->device.size < LEAST)
        fail("%lu bytes of shared memory; expected at least %lu", l->device.size, LEAST);
    ready = 0;
}

static int present(const struct link *l)
{
    return l->states[l->peer] == STATE_READY && l->header->revision == REVISION;
}

/* Waits until the device has seen what was written; whether it has, and is still the same. */
static int seen(struct link *l)
{
    for (unsigned most = MOST_MOMENTS; most && l->header->write_transaction && present(l); most--) {
        ring(l);
        link_wait(l, A_MOMENT);
    }
    return !l->header->write_transaction && l->header->config_generation == generation;
}

/* Says that a field was written. */
#define PUT(l, field, value)                                                              \
    ({                                                                                    \
        int there_ = seen(l);                                                             \
        if (there_) {                                                                     \
            (l)->header->field = (value);                                                 \
            barrier();                                                                    \
            (l)->header->write_transaction = (uint32_t)__builtin_offsetof(struct header, field); \
            there_ = seen(l);                                                             \
        }                                                                                 \
        there_;                                                                           \
    })

static int set_queue(struct link *l, unsigned n)
{
    uint64_t place = QUEUE_AT(n);
    volatile struct queue *q = &l->queues[n];
    for (unsigned i = 0; i < QUEUE_AT(1) - QUEUE_AT(0); i++)
        at(l, place)[i] = 0;
    q->descriptors = (volatile struct descriptor *)at(l, place);
    q->available = (volatile struct available *)at(l, place + 4096);
    q->used = (volatile struct used *)at(l, place + 8192);
    q->size = QUEUE_SIZE;
    q->seen = q->given = 0;
    q->enabled = 1;
    for (unsigned i = 0; i < QUEUE_SIZE; i++)
        q->lent[i] = 0;
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        q->descriptors[i].address = BUFFER(n * QUEUE_SIZE + i);
        q->descriptors[i].length = FRAME;
        q->descriptors[i].flags = n == RECEIVE ? WRITE : 0;
    }
    return PUT(l, queue_select, n) && l->header->queue_size >= QUEUE_SIZE && PUT(l, queue_size, QUEUE_SIZE) &&
           PUT(l, queue_driver_vector, 0) && PUT(l, queue_descriptors, place) && PUT(l, queue_available, place + 4096) &&
           PUT(l, queue_used, place + 8192) && PUT(l, queue_enable, 1);
}

static void offer(struct queue *q, uint16_t id)
{
    q->lent[id] = 1;
    q->available->ring[q->given++ % q->size] = id;
    barrier();
    q->available->index = q->given;
}

/* virtio 1.2, 3.1.1; whether the device is there and takes it. */
static int negotiate(struct link *l)
{
    l->states[l->self] = STATE_READY;
    if (!present(l))
        return 0;
    generation = l->header->config_generation;
    if (!PUT(l, device_status, 0) || !PUT(l, device_status, ACKNOWLEDGE | DRIVER) || !PUT(l, device_features_select, 1) ||
        !(l->header->device_features & VERSION_1) || !PUT(l, driver_features_select, 1) ||
        !PUT(l, driver_features, VERSION_1) || !PUT(l, device_status, ACKNOWLEDGE | DRIVER | FEATURES_OK) ||
        !(l->header->device_status & FEATURES_OK))
        return 0;
    for (unsigned n = 0; n < QUEUES; n++)
        if (!set_queue(l, n))
            return 0;
    l->frees = QUEUE_SIZE;
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        l->free[i] = i;
        offer(&l->queues[RECEIVE], (uint16_t)i);
    }
    ready = PUT(l, device_status, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    if (ready)
        say("the device is there");
    return ready;
}

/* What the device has given back; -1 if nothing, or nothing that it had. It chooses neither place nor size of a frame. */
static int take(struct queue *q, uint32_t *length)
{
    uint16_t more = (uint16_t)(q->used->index - q->seen);
    if (!more)
        return -1;
    barrier();
    uint32_t id = q->used->ring[q->seen % q->size].id;
    *length = q->used->ring[q->seen % q->size].length;
    if (more > q->size || id >= q->size || !q->lent[id]) {
        ready = 0; /* begins anew */
        return -1;
    }
    q->lent[id] = 0;
    q->seen++;
    return (int)id;
}

static int receive(struct link *l)
{
    struct queue *q = &l->queues[RECEIVE];
    uint32_t length;
    int any = 0;
    for (int id; any < QUEUE_SIZE && (id = take(q, &length)) >= 0; any++) {
        if (length > NET_HEADER && length <= FRAME)
            tap_write(l, at(l, BUFFER(id) + NET_HEADER), length - NET_HEADER);
        offer(q, (uint16_t)id);
    }
    return any;
}

static void reclaim(struct link *l)
{
    uint32_t unused;
    for (int id; l->frees < QUEUE_SIZE && (id = take(&l->queues[TRANSMIT], &unused)) >= 0;)
        l->free[l->frees++] = (unsigned)id;
}

static int transmit(struct link *l)
{
    struct queue *q = &l->queues[TRANSMIT];
    int any = 0;
    for (; l->frees; any++) {
        unsigned id = l->free[l->frees - 1];
        volatile uint8_t *buffer = at(l, BUFFER(QUEUE_SIZE + id));
        size_t bytes = tap_read(l, buffer + NET_HEADER, FRAME - NET_HEADER);
        if (!bytes)
            break;
        for (unsigned i = 0; i < NET_HEADER; i++)
            buffer[i] = 0;
        q->descriptors[id].length = (uint32_t)bytes + NET_HEADER;
        l->frees--;
        offer(q, (uint16_t)id);
    }
    return any;
}

static void quiet(struct link *l, unsigned n, uint16_t flag) { l->queues[n].available->flags = flag; }
static int tells(const struct queue *q) { return !(q->used->flags & QUIET); }

/* A device that has begun anew has another generation; or it asks for that. */
static int known(struct link *l)
{
    if (l->header->config_generation != generation || l->header->device_status & NEEDS_RESET)
        ready = 0;
    return ready || negotiate(l);
}

static int more(const struct queue *q) { return q->used->index != q->seen; }

/* Asks to be rung for what is waited for: frames, and buffers to send from if there is none. */
static int sleep(struct link *l)
{
    quiet(l, RECEIVE, 0);
    quiet(l, TRANSMIT, l->frees ? QUIET : 0);
    barrier();
    l->room = l->frees > 0;
    return more(&l->queues[RECEIVE]) || (!l->frees && more(&l->queues[TRANSMIT]));
}

int front_work(struct link *l, int frames)
{
    l->room = 0;
    if (!known(l))
        return 0;
    quiet(l, RECEIVE, QUIET);
    quiet(l, TRANSMIT, QUIET);
    int received = receive(l);
    reclaim(l);
    int sent = frames ? transmit(l) : 0;
    barrier();
    if ((received && tells(&l->queues[RECEIVE])) || (sent && tells(&l->queues[TRANSMIT])))
        ring(l);
    return ready && (received || sent || sleep(l));
}
