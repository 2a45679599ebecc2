/*
 * The devices that the driver VM owns: virtio disks and sources of random bytes (virtio 1.2, 5.2 and 5.4). What a client
 * reads or writes is moved by the device itself, to and from the window that it was lent in.
 */
#include "driver.h"

#define F_FLUSH 9
#define F_VERSION_1 32
#define DESCRIPTORS 256
#define DESCRIPTORS_EACH 3

#define T_IN 0
#define T_OUT 1
#define T_FLUSH 4
#define T_GET_ID 8
#define S_IOERR 1
#define S_UNSUPP 2
#define SECTOR 512
#define ID_BYTES 20

struct header {
    uint32_t type, reserved;
    uint64_t sector;
};

struct device {
    struct descriptor descriptors[DESCRIPTORS] __attribute__((aligned(16)));
    struct {
        uint16_t flags, index, ring[DESCRIPTORS], used_event;
    } available __attribute__((aligned(2)));
    volatile struct {
        uint16_t flags, index;
        struct {
            uint32_t id, length;
        } ring[DESCRIPTORS];
        uint16_t avail_event;
    } used __attribute__((aligned(4)));
    struct header headers[MOST_FLIGHTS];
    struct job jobs[MOST_FLIGHTS];
    uint8_t busy[MOST_FLIGHTS];
    uintptr_t registers;
    uint32_t kind;
    uint16_t taken, told, size;
    uint64_t sectors;
};

static struct device devices[MOST_DEVICES];
static unsigned count;

static void set64(uintptr_t device, unsigned low, const volatile void *p)
{
    out32(device + low, (uint32_t)(uintptr_t)p);
    out32(device + low + 4, (uint32_t)((uintptr_t)p >> 32));
}

static int start(struct device *d)
{
    uintptr_t r = d->registers;
    out32(r + STATUS, 0);
    out32(r + STATUS, ACKNOWLEDGE);
    out32(r + STATUS, ACKNOWLEDGE | DRIVER);
    out32(r + DRIVER_FEATURES_SELECT, 0);
    out32(r + DRIVER_FEATURES, d->kind == KIND_BLOCK ? 1u << F_FLUSH : 0);
    out32(r + DRIVER_FEATURES_SELECT, 1);
    out32(r + DRIVER_FEATURES, 1u << (F_VERSION_1 - 32));
    out32(r + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    if (!(in32(r + STATUS) & FEATURES_OK))
        return 0;
    out32(r + QUEUE_SELECT, 0);
    uint32_t most = in32(r + QUEUE_SIZE_MAX);
    d->size = most < DESCRIPTORS ? (uint16_t)most : DESCRIPTORS;
    out32(r + QUEUE_SIZE, d->size);
    set64(r, QUEUE_DESC_LOW, d->descriptors);
    set64(r, QUEUE_DRIVER_LOW, &d->available);
    set64(r, QUEUE_DEVICE_LOW, &d->used);
    out32(r + QUEUE_READY, 1);
    out32(r + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    if (d->kind == KIND_BLOCK)
        d->sectors = (uint64_t)in32(r + CONFIG) | (uint64_t)in32(r + CONFIG + 4) << 32;
    return 1;
}

static void interrupted(void *argument)
{
    struct device *d = argument;
    out32(d->registers + INTERRUPT_ACK, in32(d->registers + INTERRUPT_STATUS));
    wake(0);
}

void devices_init(const void *dtb)
{
    (void)dtb;
    for (unsigned slot = 0; slot < SLOTS && count < MOST_DEVICES; slot++) {
        struct device *d = &devices[count];
        uint32_t kind = in32(SLOT(slot) + MAGIC) == 0x74726976 ? in32(SLOT(slot) + DEVICE_ID) : 0;
        if (kind != KIND_BLOCK && kind != KIND_ENTROPY)
            continue;
        d->registers = SLOT(slot);
        d->kind = kind;
        if (start(d)) {
            irq_attach(1 + slot, interrupted, d); /* the board's: slot n is on source 1 + n */
            count++;
        }
    }
}

static struct device *find(uint32_t kind, unsigned unit)
{
    for (unsigned n = 0; n < count; n++)
        if (devices[n].kind == kind && unit-- == 0)
            return &devices[n];
    return 0;
}

uint64_t disk_sectors(unsigned unit)
{
    struct device *d = find(KIND_BLOCK, unit);
    return d ? d->sectors : 0;
}

/* A free place for a request, which has its own descriptors; -1 if there is none. */
static int place(const struct device *d)
{
    for (int n = 0; n < MOST_FLIGHTS && (n + 1) * DESCRIPTORS_EACH <= d->size; n++)
        if (!d->busy[n])
            return n;
    return -1;
}

/* Gives the device a chain of `descriptors` that begins at its place's first. */
static void offer(struct device *d, int n, const struct job *job)
{
    d->jobs[n] = *job;
    d->busy[n] = 1;
    job->client->flights++;
    d->available.ring[d->available.index % d->size] = (uint16_t)(n * DESCRIPTORS_EACH);
    __asm__ volatile("fence rw, rw" ::: "memory");
    d->available.index++;
}

/* What was offered since the last time: one notification for all of it. */
static void tell(struct device *d)
{
    if (d->told == d->available.index)
        return;
    d->told = d->available.index;
    __asm__ volatile("fence rw, rw" ::: "memory");
    if (!(d->used.flags & 1))
        out32(d->registers + QUEUE_NOTIFY, 0);
}

static int fill(const struct job *job)
{
    struct device *d = find(KIND_ENTROPY, job->client ? service_of(job->client)->unit : 0);
    if (!d) {
        answer(job->client, job->request.number, 0);
        return 1;
    }
    int n = place(d);
    if (n < 0)
        return 0;
    uint64_t to = (uint64_t)(job->client->window + job->request.in);
    d->descriptors[n * DESCRIPTORS_EACH] = (struct descriptor){to, job->request.in_bytes, DESC_WRITE, 0};
    offer(d, n, job);
    return 1;
}

/* Ends a disk's request without asking a disk. */
static int end(const struct job *job, uint8_t status)
{
    job->client->window[job->request.in + job->request.in_bytes - 1] = (char)status;
    answer(job->client, job->request.number, job->request.in_bytes);
    return 1;
}

static int identify(const struct job *job)
{
    volatile char *to = job->client->window + job->request.in;
    for (unsigned i = 0; i < ID_BYTES && i + 1 < job->request.in_bytes && job->client->name[i]; i++)
        to[i] = job->client->name[i];
    return end(job, 0);
}

static int transfer(const struct job *job)
{
    volatile struct service *s = service_of(job->client);
    volatile char *window = job->client->window;
    volatile struct header *asked = (volatile struct header *)(window + job->request.out);
    uint64_t first = s->offset / SECTOR, sector = asked->sector;
    uint32_t type = asked->type, unit = s->unit;
    struct device *d = find(KIND_BLOCK, unit);
    uint64_t all = d && first < d->sectors ? d->sectors - first : 0;
    if (s->bytes && s->bytes / SECTOR < all)
        all = s->bytes / SECTOR;
    uint32_t bytes = type == T_IN ? job->request.in_bytes - 1 : job->request.out_bytes - sizeof(struct header);
    uint32_t from = type == T_IN ? job->request.in : job->request.out + (uint32_t)sizeof(struct header);
    if (type == T_GET_ID)
        return identify(job);
    if (type != T_IN && type != T_OUT && type != T_FLUSH)
        return end(job, S_UNSUPP);
    if (type == T_FLUSH)
        bytes = 0;
    else if (bytes % SECTOR || sector > all || bytes / SECTOR > all - sector)
        return end(job, S_IOERR);
    if (!d || (type == T_OUT && s->flags & SERVICE_READ_ONLY))
        return end(job, S_IOERR);
    int n = place(d);
    if (n < 0)
        return 0;
    d->headers[n] = (struct header){type, 0, type == T_FLUSH ? 0 : first + sector};
    struct descriptor *at = &d->descriptors[n * DESCRIPTORS_EACH];
    uint16_t index = (uint16_t)(n * DESCRIPTORS_EACH);
    *at++ = (struct descriptor){(uint64_t)&d->headers[n], sizeof(struct header), DESC_NEXT, ++index};
    if (bytes)
        *at++ = (struct descriptor){(uint64_t)(window + from), bytes, DESC_NEXT | (type == T_IN ? DESC_WRITE : 0), ++index};
    *at = (struct descriptor){(uint64_t)(window + job->request.in + job->request.in_bytes - 1), 1, DESC_WRITE, 0};
    offer(d, n, job);
    return 1;
}

int device_begin(const struct job *job)
{
    return service_of(job->client)->kind == KIND_BLOCK ? transfer(job) : fill(job);
}

void devices_quiet(int quiet)
{
    for (unsigned i = 0; i < count; i++)
        devices[i].available.flags = (uint16_t)quiet;
    __asm__ volatile("fence rw, rw" ::: "memory");
}

int devices_finish(void)
{
    int any = 0;
    for (unsigned i = 0; i < count; i++) {
        struct device *d = &devices[i];
        tell(d);
        while (d->used.index != d->taken) {
            __asm__ volatile("fence r, rw" ::: "memory");
            uint32_t id = d->used.ring[d->taken % d->size].id, length = d->used.ring[d->taken % d->size].length;
            unsigned n = id / DESCRIPTORS_EACH;
            d->taken++;
            any = 1;
            struct job *job = &d->jobs[n];
            d->busy[n] = 0;
            job->client->flights--;
            answer(job->client, job->request.number, d->kind == KIND_BLOCK ? job->request.in_bytes : length);
        }
    }
    return any;
}
