/*
 * The server's side of the ring (docs/driver-vm.md), one client in a process of its own. Requests are answered one by one, in
 * their order. So the count of answers says which ones a process that was killed has left, and the next one goes on there.
 */
#include "serve.h"

/* What the client has not been rung for yet: so many answers, large ones count for more. */
#define MOST_UNTOLD 8
#define BYTES_AS_ONE 16384
#define MOST_ENTRIES 65536
#define A_MOMENT 20 /* ms */
#define HEADER 16

static void ring(struct client *c)
{
    c->untold = 0;
    endpoint_ring(&c->end, SERVICE_LOOK);
}

/* The client's monitor wrote these; whether they make sense is looked at once. */
static void read_header(struct client *c)
{
    volatile struct service *s = header(&c->end);
    uint64_t size = c->end.window_size;
    c->entries = s->entries;
    c->requests_at = s->requests_at;
    c->answers_at = s->answers_at;
    c->kind = s->kind;
    if (!c->entries || c->entries > MOST_ENTRIES || c->requests_at % 4 || c->answers_at % 4 ||
        c->requests_at + (uint64_t)c->entries * sizeof(struct service_request) > size ||
        c->answers_at + (uint64_t)c->entries * sizeof(struct service_answer) > size)
        fail("%s: its rings, %u entries at %u and %u, do not lie in %lu bytes", c->end.name, c->entries, c->requests_at,
             c->answers_at, size);
    if (c->kind != KIND_BLOCK && c->kind != KIND_ENTROPY)
        fail("%s is a device of virtio's kind %u; this program serves 2, disks, and 4, random numbers", c->end.name, c->kind);
}

/* Begins an epoch, or goes on with one that an earlier process has begun. */
static void begin(struct client *c, const struct disks *disks, uint32_t epoch)
{
    volatile struct service *s = header(&c->end);
    read_header(c);
    disk_choose(c, disks);
    int again = s->ready == epoch;
    c->answered = again ? s->answers : 0;
    c->taken = c->answered;
    c->epoch = epoch;
    s->answers = c->answered;
    s->said = c->sectors;
    __asm__ volatile("fence w, w" ::: "memory");
    s->ready = epoch;
    print("%s: serving %s%s, epoch %u, %lu sectors\n", program, c->end.name, again ? " again" : "", epoch, c->sectors);
    ring(c);
}

/* Whether there is an epoch. A new one has no requests before it is served; its monitor is about to take the old ones away. */
static int serving(struct client *c, const struct disks *disks)
{
    volatile struct service *s = header(&c->end);
    if (s->magic != SERVICE_MAGIC)
        return 0;
    __asm__ volatile("fence r, r" ::: "memory");
    uint32_t epoch = s->epoch;
    if (!epoch || epoch == c->epoch)
        return epoch != 0;
    __asm__ volatile("fence r, r" ::: "memory");
    if (s->ready != epoch && s->requests)
        return 0;
    begin(c, disks, epoch);
    return 1;
}

static int inside(const struct client *c, uint32_t at, uint32_t bytes)
{
    return at <= c->end.window_size && bytes <= c->end.window_size - at;
}

static uint32_t perform(struct client *c, const struct service_request *r)
{
    uint32_t least = c->kind == KIND_BLOCK ? HEADER : 0;
    if (r->out_bytes < least || !r->in_bytes || !inside(c, r->out, r->out_bytes) || !inside(c, r->in, r->in_bytes))
        return 0;
    return c->kind == KIND_BLOCK ? disk_request(c, r) : entropy_request(c, r);
}

/* An answer to a request of an epoch that is over is nobody's. */
static void answer(struct client *c, const struct service_request *r, uint32_t written)
{
    volatile struct service *s = header(&c->end);
    __asm__ volatile("fence rw, rw" ::: "memory");
    if (s->epoch != c->epoch)
        return;
    volatile struct service_answer *a =
        (volatile struct service_answer *)(c->end.window + c->answers_at) + c->answered % c->entries;
    a->number = r->number;
    a->written = written;
    __asm__ volatile("fence w, w" ::: "memory");
    s->answers = ++c->answered;
    c->untold += 1 + (r->out_bytes + r->in_bytes) / BYTES_AS_ONE;
    if (c->untold >= MOST_UNTOLD)
        ring(c);
}

/* Does the next request, if there is one. */
static int take(struct client *c, const struct disks *disks)
{
    volatile struct service *s = header(&c->end);
    if (!serving(c, disks) || s->requests == c->taken)
        return 0;
    __asm__ volatile("fence r, r" ::: "memory");
    volatile struct service_request *at =
        (volatile struct service_request *)(c->end.window + c->requests_at) + c->taken % c->entries;
    struct service_request r = {at->number, at->queue, at->out, at->out_bytes, at->in, at->in_bytes, {0, 0}};
    __asm__ volatile("fence r, r" ::: "memory");
    if (s->epoch != c->epoch)
        return 1;
    c->taken++;
    answer(c, &r, perform(c, &r));
    return 1;
}

/* A process before this one may still be in its last request: as long as it is, it has the pin. */
static void claim(struct client *c)
{
    while (endpoint_claim(&c->end) < 0)
        system_call(SYS_PPOLL, 0, 0, (int64_t[2]){0, A_MOMENT * 1000000}, 0, 0);
}

/* While there is work the channel does not interrupt; rings that come meanwhile raise the pin once it may again. */
void serve(struct client *c, const struct disks *disks)
{
    claim(c);
    for (;;) {
        endpoint_set(&c->end, CHANNEL_ENABLE, 0);
        endpoint_set(&c->end, CHANNEL_PENDING, 0xffffffff);
        __asm__ volatile("fence rw, rw" ::: "memory");
        while (take(c, disks))
            ;
        if (c->untold)
            ring(c);
        endpoint_set(&c->end, CHANNEL_ENABLE, 0xffffffff);
        endpoint_edge(&c->end, -1);
    }
}
