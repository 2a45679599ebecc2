/*
 * A driver VM: it owns disks and a source of random bytes, and serves them to other VMs over Atoll's channels
 * (docs/driver-vm.md). It trusts no client: what a request says is read once and checked, and a client reaches only its
 * part of a disk. When a client's monitor begins anew, what devices still do for it is waited for first.
 */
#include "driver.h"

#define STACK 16384
#define FIRST 0x04000000ul /* where the board has channels */
#define FIRST_SOURCE 64    /* of their interrupts */

static struct client clients[MOST_CLIENTS];
static unsigned count;
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
    out32(c->registers + CHANNEL_PENDING, in32(c->registers + CHANNEL_PENDING));
    wake(0);
}

volatile struct service *service_of(const struct client *c) { return (volatile struct service *)c->window; }

static void ring(const struct client *c)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
    out32(c->registers + CHANNEL_RING, SERVICE_LOOK);
}

/* Answers of a request that an earlier epoch has asked for are nobody's. */
void answer(struct client *c, uint32_t number, uint32_t written)
{
    volatile struct service *s = service_of(c);
    if (s->epoch != c->epoch)
        return;
    volatile struct service_answer *a = (volatile struct service_answer *)(c->window + s->answers_at) + c->answered % s->entries;
    a->number = number;
    a->written = written;
    __asm__ volatile("fence w, w" ::: "memory");
    s->answers = ++c->answered;
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
    if (c->flights)
        return 0; /* Devices still write to what it was lent. */
    c->epoch = epoch;
    c->taken = 0;
    c->answered = 0;
    c->told = 0;
    s->answers = 0;
    uint64_t all = disk_sectors(s->unit), first = s->offset / 512;
    all = first < all ? all - first : 0;
    s->sectors = s->bytes && s->bytes / 512 < all ? s->bytes / 512 : all;
    __asm__ volatile("fence w, w" ::: "memory");
    s->ready = epoch;
    console_print("driver: serving %s, epoch %u\n", c->name, epoch);
    ring(c);
    return 1;
}

/* Whether what a request was lent is in the window, and there is room for an answer. */
static int sound(const struct client *c, const struct service_request *r)
{
    uint32_t header = service_of(c)->kind == KIND_BLOCK ? 16 : 0;
    return r->out_bytes >= header && r->in_bytes > 0 && r->out <= c->size && r->out_bytes <= c->size - r->out &&
           r->in <= c->size && r->in_bytes <= c->size - r->in;
}

/* Begins what a client asks for, so much at a time and as far as its devices have room; whether anything was. */
static int take(struct client *c)
{
    volatile struct service *s = service_of(c);
    int any = 0;
    for (unsigned left = MOST_AT_ONCE; left > 0 && serving(c) && s->requests != c->taken; left--) {
        __asm__ volatile("fence r, rw" ::: "memory");
        if (s->epoch != c->epoch)
            continue;
        volatile struct service_request *r = (volatile struct service_request *)(c->window + s->requests_at) + c->taken % s->entries;
        struct job job = {c, {r->number, r->queue, r->out, r->out_bytes, r->in, r->in_bytes, {0, 0}}};
        if (!sound(c, &job.request))
            answer(c, job.request.number, 0);
        else if (!device_begin(&job))
            break;
        c->taken++;
        any = 1;
    }
    return any;
}

static void serve(void *unused)
{
    (void)unused;
    unsigned first = 0;
    for (;;) {
        int any = 0;
        /* In turn: one that never stops asking has no more of a device than the others. */
        for (unsigned n = 0; n < count; n++)
            any |= take(&clients[(first + n) % count]);
        first = count ? (first + 1) % count : 0;
        any |= devices_finish();
        for (unsigned n = 0; n < count; n++) {
            struct client *c = &clients[n];
            if (c->answered != c->told) {
                c->told = c->answered;
                ring(c);
            }
        }
        if (any)
            continue;
        devices_quiet(0);
        if (!devices_finish()) /* Nothing has come meanwhile: the next thing interrupts. */
            semaphore_wait(&work, NEVER);
        devices_quiet(1);
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
    devices_init(dtb);
    count = channels(dtb);
    count = count < MOST_CLIENTS ? count : MOST_CLIENTS;
    for (unsigned n = 0; n < count; n++)
        open(n);
    print("driver: %u clients, %lu sectors\n", count, disk_sectors(0));
    static struct task server;
    task_create(&server, "serve", 16, serve, 0, stack, sizeof stack);
}
