/*
 * A driver VM: it owns disks, network interfaces, a source of random bytes and its console, and serves them to other VMs
 * over Atoll's channels (docs/driver-vm.md). It trusts no client: what a request says is read once and checked, and a client reaches only its
 * part of a disk. When a client's monitor begins anew, what devices still do for it is waited for first.
 */
#include "driver.h"

#define STACK 16384
#define FIRST 0x04000000ul /* where the board has channels */
#define FIRST_SOURCE 64    /* of their interrupts */
#define POLL_US 40         /* for how long it looks for more before it sleeps */

struct client clients[MOST_CLIENTS];
unsigned client_count;
volatile uint32_t turns;
static struct semaphore work;
static char stack[STACK] STACK_ALIGNED;

void wake(void *unused)
{
    (void)unused;
    if (!work.count)
        semaphore_post(&work);
}

static void rung(void *argument)
{
    struct client *c = argument;
    out32(c->registers + CHANNEL_PENDING, ~0u);
    wake(0);
}

volatile struct service *service_of(const struct client *c) { return (volatile struct service *)c->window; }

static void ring(const struct client *c)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
    out32(c->registers + CHANNEL_RING, SERVICE_LOOK);
}

int current(const struct client *c) { return c->epoch && service_of(c)->epoch == c->epoch; }

/* Answers of a request that an earlier epoch has asked for are nobody's. */
void answer(struct client *c, uint32_t number, uint32_t written)
{
    volatile struct service *s = service_of(c);
    if (!current(c))
        return;
    volatile struct service_answer *a = (volatile struct service_answer *)(c->window + s->answers_at) + c->answered % s->entries;
    a->number = number;
    a->written = written;
    __asm__ volatile("fence w, w" ::: "memory");
    s->answers = ++c->answered;
}

const struct service_request *room_of(struct client *c)
{
    return current(c) && c->room_first != c->room_end ? &c->room[c->room_first % MOST_ROOM] : 0;
}

void room_filled(struct client *c, uint32_t bytes) { answer(c, c->room[c->room_first++ % MOST_ROOM].number, bytes); }

/* Keeps a buffer for what comes in. */
static int keep(const struct job *job)
{
    struct client *c = job->client;
    if (c->room_end - c->room_first == MOST_ROOM)
        answer(c, job->request.number, 0);
    else
        c->room[c->room_end++ % MOST_ROOM] = job->request;
    return 1;
}

/* What a client is to be told of the device. */
static uint64_t said_of(volatile struct service *s)
{
    if (s->kind == KIND_NETWORK)
        return (uint64_t)network_up(s->unit);
    if (s->kind != KIND_BLOCK)
        return 0;
    uint64_t all = disk_sectors(s->unit), first = s->offset / 512;
    all = first < all ? all - first : 0;
    return s->bytes && s->bytes / 512 < all ? s->bytes / 512 : all;
}

/* A disk has grown, or a cable was pulled: clients are told. */
static void tell_changes(void)
{
    if (!virtio_changed)
        return;
    virtio_changed = 0;
    devices_look();
    for (struct client *c = clients; c < clients + client_count; c++) {
        volatile struct service *s = service_of(c);
        if (!current(c) || s->said == said_of(s))
            continue;
        s->said = said_of(s);
        ring(c);
    }
}

/* Begins to serve a client's monitor that has begun; false while there is nothing to begin, or not yet. */
static int serving(struct client *c)
{
    volatile struct service *s = service_of(c);
    if (s->magic != SERVICE_MAGIC || !s->epoch)
        return 0;
    __asm__ volatile("fence r, r" ::: "memory");
    uint32_t epoch = s->epoch;
    if (epoch == c->epoch)
        return 1;
    __asm__ volatile("fence r, r" ::: "memory");
    if (c->flights || s->requests)
        return 0; /* Devices still write to what it was lent, or its monitor is about to take the old requests away. */
    c->epoch = epoch;
    c->kind = s->kind;
    c->address = s->address;
    c->taken = 0;
    c->answered = 0;
    c->told = 0;
    c->printed = 0;
    c->room_first = c->room_end = 0;
    s->answers = 0;
    s->said = said_of(s);
    __asm__ volatile("fence w, w" ::: "memory");
    s->ready = epoch;
    say("driver: serving %s, epoch %u\n", c->name, epoch);
    ring(c);
    return 1;
}

/* Whether what a request was lent is in the window, and there is room for an answer. */
static int sound(const struct client *c, const struct service_request *r)
{
    uint32_t header = c->kind == KIND_BLOCK ? 16 : 0;
    int sends = (c->kind == KIND_NETWORK || c->kind == KIND_CONSOLE) && r->queue == QUEUE_OUT;
    return r->out_bytes >= header && (r->in_bytes > 0 || sends) && r->out <= c->size && r->out_bytes <= c->size - r->out &&
           r->in <= c->size && r->in_bytes <= c->size - r->in;
}

static int begin(const struct job *job)
{
    uint32_t kind = job->client->kind;
    if (kind == KIND_BLOCK || kind == KIND_ENTROPY)
        return device_begin(job);
    if (job->request.queue == QUEUE_IN)
        return keep(job);
    return kind == KIND_NETWORK ? network_begin(job) : terminal_begin(job);
}

/* Begins what a client asks for, so much at a time and as far as its devices have room; whether anything was. */
static int take(struct client *c)
{
    volatile struct service *s = service_of(c);
    int any = 0;
    c->seen = s->requests;
    for (unsigned left = MOST_AT_ONCE; left > 0 && serving(c) && s->requests != c->taken; left--) {
        __asm__ volatile("fence r, rw" ::: "memory");
        if (s->epoch != c->epoch)
            continue;
        volatile struct service_request *r = (volatile struct service_request *)(c->window + s->requests_at) + c->taken % s->entries;
        struct job job = {c, {r->number, r->queue, r->out, r->out_bytes, r->in, r->in_bytes, {0, 0}}};
        if (!sound(c, &job.request))
            answer(c, job.request.number, 0);
        else if (!begin(&job))
            break;
        c->taken++;
        any = 1;
    }
    return any;
}

/* Whether a client asks for something more; what waits for room in a device is not to be looked for. */
static int asked(void)
{
    for (unsigned n = 0; n < client_count; n++) {
        if (service_of(&clients[n])->requests != clients[n].seen)
            return 1;
    }
    return 0;
}

/* Does what there is to do; whether there was anything. */
static int turn(void)
{
    static unsigned first;
    int any = 0;
    tell_changes();
    /* In turn: one that never stops asking has no more of a device than the others. */
    for (unsigned n = 0; n < client_count; n++)
        any |= take(&clients[(first + n) % client_count]);
    first = client_count ? (first + 1) % client_count : 0;
    any |= devices_finish();
    any |= networks_finish();
    any |= terminal_finish();
    for (unsigned n = 0; n < client_count; n++) {
        struct client *c = &clients[n];
        if (c->answered != c->told) {
            c->told = c->answered;
            ring(c);
        }
    }
    turns++;
    return any;
}

static void quiet(int wanted)
{
    devices_quiet(wanted);
    networks_quiet(wanted);
    __asm__ volatile("fence rw, rw" ::: "memory");
}

/* Looks for something more, for a short while: to be woken costs more. */
static int soon(void)
{
    for (uint64_t until = now() + ticks_of_us(POLL_US); now() < until;)
        if (asked() || devices_have() || networks_have() || terminal_has())
            return 1;
    return 0;
}

static void serve(void *unused)
{
    (void)unused;
    for (;;) {
        if (turn() || soon())
            continue;
        quiet(0);
        if (!turn()) /* Nothing has come meanwhile: the next thing interrupts. */
            semaphore_wait(&work, NEVER);
        quiet(1);
    }
}

static uint32_t be32(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* How many channels the device tree has: nodes that begin by that name. */
static unsigned channels(const char *dtb)
{
    static const char name[] = "channel@";
    const char *at = dtb + be32(dtb + 8), *end = at + be32(dtb + 36); /* the structure, and its size */
    unsigned found = 0;
    for (; at < end; at += 4)
        found += be32(at) == 1 && !strncmp(at + 4, name, sizeof name - 1);
    return found;
}

static void open(unsigned n)
{
    struct client *c = &clients[n];
    uintptr_t r = FIRST + n * 0x1000ul;
    c->registers = r;
    c->window = (volatile char *)((uint64_t)in32(r + CHANNEL_MEMORY_LOW) | (uint64_t)in32(r + CHANNEL_MEMORY_HIGH) << 32);
    c->size = (uint64_t)in32(r + CHANNEL_SIZE_LOW) | (uint64_t)in32(r + CHANNEL_SIZE_HIGH) << 32;
    for (unsigned i = 0; i < CHANNEL_NAME_SIZE / 4; i++)
        ((uint32_t *)c->name)[i] = in32(r + CHANNEL_NAME + 4 * i);
    irq_attach(FIRST_SOURCE + n, rung, c);
    out32(r + CHANNEL_ENABLE, 0xffffffff);
}

void app_start(const void *dtb)
{
    devices_init();
    networks_init();
    terminal_init();
    client_count = channels(dtb);
    client_count = client_count < MOST_CLIENTS ? client_count : MOST_CLIENTS;
    for (unsigned n = 0; n < client_count; n++)
        open(n);
    print("driver: %u clients, %lu sectors\n", client_count, disk_sectors(0));
    static struct task server;
    task_create(&server, "serve", 16, serve, 0, stack, sizeof stack);
    watch_init(dtb);
}
