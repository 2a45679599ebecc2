/* The device's side: it offers a network device, and trusts nothing that the driver writes. */
#include "link.h"

#define MOST_PIECES 16
#define MOST_WRITES 64 /* at a time */
#define FIELD(name) ((uint32_t)__builtin_offsetof(struct header, name))

/* What the driver has said of each queue. */
static struct {
    uint16_t size, enable;
    uint64_t descriptors, available, used;
} told[QUEUES];
static uint32_t generation;
static uint32_t features[2]; /* what the driver takes */
static uint32_t status;      /* of the device; the header has a copy */

static void forget(struct link *l)
{
    for (unsigned n = 0; n < QUEUES; n++) {
        l->queues[n] = (struct queue){0};
        told[n] = (__typeof__(told[n])){.size = QUEUE_SIZE};
    }
    features[0] = features[1] = 0;
    status = 0;
}

/* What is the device's alone: who has written over it is to find it again. */
static void tell(struct link *l)
{
    l->header->revision = REVISION;
    l->header->size = sizeof *l->header;
    l->header->config_generation = generation;
    l->states[l->self] = STATE_READY;
}

void back_begin(struct link *l)
{
    volatile struct header *h = l->header;
    l->states[l->self] = STATE_NONE;
    generation = h->config_generation + 1;
    h->config_generation = generation; /* first, so that a driver in the middle of it knows that it has to begin anew */
    barrier();
    for (unsigned i = 0; i < FIELD(config_generation); i++)
        ((volatile uint8_t *)h)[i] = 0;
    forget(l);
    barrier();
    tell(l);
    ring(l);
}

static void select_queue(volatile struct header *h)
{
    uint32_t n = h->queue_select;
    h->queue_size = n < QUEUES ? told[n].size : 0;
    h->queue_enable = n < QUEUES ? told[n].enable : 0;
    h->queue_device_vector = 0;
}

static int lies_inside(const struct link *l, unsigned n)
{
    uint16_t size = told[n].size;
    return size && size <= QUEUE_SIZE && !(size & (size - 1)) && told[n].descriptors % 16 == 0 && told[n].available % 2 == 0 &&
           told[n].used % 4 == 0 && inside(l, told[n].descriptors, size * sizeof(struct descriptor)) &&
           inside(l, told[n].available, 6 + 2ul * size) && inside(l, told[n].used, 6 + 8ul * size);
}

static void enable(struct link *l, unsigned n)
{
    l->queues[n].enabled = told[n].enable = (l->header->queue_enable & 1) && lies_inside(l, n);
    if (!told[n].enable)
        return;
    l->queues[n] = (struct queue){
        .size = told[n].size,
        .enabled = 1,
        .descriptors = (volatile struct descriptor *)at(l, told[n].descriptors),
        .available = (volatile struct available *)at(l, told[n].available),
        .used = (volatile struct used *)at(l, told[n].used),
    };
}

static void queue_written(struct link *l, uint32_t field)
{
    volatile struct header *h = l->header;
    uint32_t n = h->queue_select;
    if (n >= QUEUES)
        return;
    if (field == FIELD(queue_size))
        told[n].size = h->queue_size;
    else if (field == FIELD(queue_descriptors))
        told[n].descriptors = h->queue_descriptors;
    else if (field == FIELD(queue_available))
        told[n].available = h->queue_available;
    else if (field == FIELD(queue_used))
        told[n].used = h->queue_used;
    else if (field == FIELD(queue_enable))
        enable(l, n);
}

/* virtio 1.2, 2.1: what cannot be taken is not there when the driver looks. */
static void status_written(struct link *l, uint32_t written)
{
    uint32_t before = status;
    if (!written)
        forget(l);
    else
        status = written | (before & NEEDS_RESET);
    if (features[0] || features[1] != VERSION_1)
        status &= ~(FEATURES_OK | DRIVER_OK);
    if (!(status & FEATURES_OK))
        status &= ~DRIVER_OK;
    l->header->device_status = status;
    if (status & DRIVER_OK && !(before & DRIVER_OK))
        say("the driver is there");
}

/* Whether the driver has written a field; it is rung, since it waits for that. */
static int written(struct link *l)
{
    volatile struct header *h = l->header;
    uint32_t field = h->write_transaction;
    if (!field)
        return 0;
    barrier();
    uint32_t which = h->driver_features_select;
    if (field == FIELD(device_features_select))
        h->device_features = h->device_features_select == 1 ? VERSION_1 : 0;
    else if (field == FIELD(driver_features) && which < 2 && !(status & FEATURES_OK))
        features[which] = h->driver_features;
    else if (field == FIELD(queue_select))
        select_queue(h);
    else if (field == FIELD(device_status))
        status_written(l, h->device_status);
    else
        queue_written(l, field);
    barrier();
    h->write_transaction = 0;
    ring(l);
    return 1;
}

/* A queue that the driver has spoilt is served no more until it begins anew, which it is told. */
static void spoilt(struct link *l, struct queue *q)
{
    q->enabled = 0;
    status |= NEEDS_RESET;
    l->header->device_status = status;
    l->header->config_event = 1;
    ring(l);
}

/* How much there is to take is read once: no driver can make that more than a queue. */
static int there_is(struct link *l, unsigned n)
{
    struct queue *q = &l->queues[n];
    if (!q->enabled || !(status & DRIVER_OK))
        return 0;
    uint16_t more = (uint16_t)(q->available->index - q->seen);
    if (more > q->size)
        spoilt(l, q);
    return more && more <= q->size;
}

static void complete(struct queue *q, uint16_t id, uint32_t length)
{
    unsigned n = q->given++ % q->size;
    q->used->ring[n].id = id;
    q->used->ring[n].length = length;
    barrier();
    q->used->index = q->given;
}

/* The pieces of a request, one after the other in `to`; their bytes, or 0 if they are not what a frame can be. */
static uint32_t gather(const struct link *l, const struct queue *q, uint16_t id, volatile uint8_t *to, uint32_t room)
{
    uint32_t bytes = 0;
    for (unsigned pieces = 0; pieces < MOST_PIECES && id < q->size; pieces++) {
        uint64_t address = q->descriptors[id].address;
        uint32_t length = q->descriptors[id].length;
        uint16_t flags = q->descriptors[id].flags;
        if (length > room - bytes || !inside(l, address, length))
            return 0;
        for (uint32_t i = 0; i < length; i++)
            to[bytes + i] = at(l, address)[i];
        bytes += length;
        if (!(flags & NEXT))
            return bytes;
        id = q->descriptors[id].next;
    }
    return 0;
}

static void send(struct link *l, struct queue *q, uint16_t id)
{
    static uint8_t frame[65536];
    uint64_t address = q->descriptors[id].address;
    uint32_t length = q->descriptors[id].length;
    volatile uint8_t *from = at(l, address);
    if (q->descriptors[id].flags & NEXT) {
        length = gather(l, q, id, frame, sizeof frame);
        from = frame;
    } else if (!inside(l, address, length))
        length = 0;
    if (length > NET_HEADER)
        tap_write(l, from + NET_HEADER, length - NET_HEADER);
}

/* What the driver sends. */
static int transmit(struct link *l)
{
    struct queue *q = &l->queues[TRANSMIT];
    int any = 0;
    for (unsigned most = QUEUE_SIZE; most && there_is(l, TRANSMIT); most--) {
        barrier();
        uint16_t id = q->available->ring[q->seen % q->size];
        if (id >= q->size) {
            spoilt(l, q);
            break;
        }
        send(l, q, id);
        q->seen++;
        complete(q, id, 0);
        any = 1;
    }
    return any;
}

/* A frame for the driver, into the first piece of its next buffer. */
static int deliver(struct link *l, struct queue *q)
{
    uint16_t id = q->available->ring[q->seen % q->size];
    uint64_t address = id < q->size ? q->descriptors[id].address : 0;
    uint32_t length = id < q->size ? q->descriptors[id].length : 0;
    if (length <= NET_HEADER || !inside(l, address, length)) {
        spoilt(l, q);
        return 0;
    }
    size_t bytes = tap_read(l, at(l, address) + NET_HEADER, length - NET_HEADER);
    if (!bytes)
        return 0;
    for (unsigned i = 0; i < NET_HEADER; i++)
        at(l, address)[i] = i == NET_HEADER - 2; /* the number of buffers is 1 */
    q->seen++;
    complete(q, id, (uint32_t)bytes + NET_HEADER);
    return 1;
}

static int receive(struct link *l)
{
    int any = 0;
    for (unsigned most = QUEUE_SIZE; most && there_is(l, RECEIVE); most--) {
        barrier();
        if (!deliver(l, &l->queues[RECEIVE]))
            break;
        any = 1;
    }
    return any;
}

static void quiet(struct link *l, unsigned n, uint16_t flag)
{
    if (l->queues[n].enabled)
        l->queues[n].used->flags = flag;
}

static int tells(const struct queue *q)
{
    return q->enabled && !(q->available->flags & QUIET);
}

/* Asks to be rung for what is waited for: frames to send, and buffers if there is none. */
static int sleep(struct link *l)
{
    tell(l);
    quiet(l, TRANSMIT, 0);
    quiet(l, RECEIVE, there_is(l, RECEIVE) ? QUIET : 0);
    barrier();
    l->room = there_is(l, RECEIVE);
    return l->header->write_transaction || there_is(l, TRANSMIT);
}

int back_work(struct link *l, int frames)
{
    quiet(l, TRANSMIT, QUIET);
    quiet(l, RECEIVE, QUIET);
    for (unsigned most = MOST_WRITES; most && written(l); most--)
        ;
    int sent = transmit(l);
    int received = frames ? receive(l) : 0;
    barrier();
    if ((sent && tells(&l->queues[TRANSMIT])) || (received && tells(&l->queues[RECEIVE]))) {
        l->header->queue_event = 1;
        ring(l);
    }
    return sent || received || sleep(l);
}
