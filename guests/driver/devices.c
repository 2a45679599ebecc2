/*
 * The devices that the driver VM owns: virtio disks and sources of random bytes (virtio 1.2, 5.2 and 5.4). What a client
 * reads or writes is moved by the device itself, to and from the window that it was lent in.
 */
#include "driver.h"

#define F_FLUSH 9
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
    struct virtqueue queue;
    struct header headers[MOST_FLIGHTS];
    struct job jobs[MOST_FLIGHTS];
    uint8_t busy[MOST_FLIGHTS];
    uint32_t kind;
    uint64_t sectors;
};

static struct device devices[MOST_DEVICES];
static unsigned count;

/* It may change between its two halves. */
static uint64_t sectors(const struct device *d)
{
    uintptr_t r = d->queue.registers;
    uint32_t high = in32(r + CONFIG + 4), low = in32(r + CONFIG), again = in32(r + CONFIG + 4);
    return high == again ? (uint64_t)high << 32 | low : sectors(d);
}

void devices_look(void)
{
    for (unsigned i = 0; i < count; i++)
        if (devices[i].kind == KIND_BLOCK)
            devices[i].sectors = sectors(&devices[i]);
}

static int start(struct device *d, unsigned slot, uint32_t kind)
{
    uintptr_t r = virtio_at(slot, kind);
    if (!r || !virtio_begin(r, kind == KIND_BLOCK ? 1u << F_FLUSH : 0))
        return 0;
    d->kind = kind;
    virtqueue_start(&d->queue, r, 0);
    virtio_ok(r, slot);
    return 1;
}

void devices_init(void)
{
    for (unsigned slot = 0; slot < SLOTS && count < MOST_DEVICES; slot++)
        count += start(&devices[count], slot, KIND_BLOCK) || start(&devices[count], slot, KIND_ENTROPY);
    devices_look();
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
    for (int n = 0; n < MOST_FLIGHTS && (n + 1) * DESCRIPTORS_EACH <= d->queue.size; n++)
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
    virtqueue_offer(&d->queue, (uint16_t)(n * DESCRIPTORS_EACH));
}

static int fill(const struct job *job)
{
    struct device *d = find(KIND_ENTROPY, service_of(job->client)->unit);
    if (!d) {
        answer(job->client, job->request.number, 0);
        return 1;
    }
    int n = place(d);
    if (n < 0)
        return 0;
    uint64_t to = (uint64_t)(job->client->window + job->request.in);
    d->queue.descriptors[n * DESCRIPTORS_EACH] = (struct descriptor){to, job->request.in_bytes, DESC_WRITE, 0};
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
    struct descriptor *at = &d->queue.descriptors[n * DESCRIPTORS_EACH];
    uint16_t index = (uint16_t)(n * DESCRIPTORS_EACH);
    *at++ = (struct descriptor){(uint64_t)&d->headers[n], sizeof(struct header), DESC_NEXT, ++index};
    if (bytes)
        *at++ = (struct descriptor){(uint64_t)(window + from), bytes, DESC_NEXT | (type == T_IN ? DESC_WRITE : 0), ++index};
    *at = (struct descriptor){(uint64_t)(window + job->request.in + job->request.in_bytes - 1), 1, DESC_WRITE, 0};
    offer(d, n, job);
    return 1;
}

int device_begin(const struct job *job) { return job->client->kind == KIND_BLOCK ? transfer(job) : fill(job); }

void devices_quiet(int quiet)
{
    for (unsigned i = 0; i < count; i++)
        virtqueue_quiet(&devices[i].queue, quiet);
}

int devices_have(void)
{
    for (unsigned i = 0; i < count; i++)
        if (virtqueue_has(&devices[i].queue))
            return 1;
    return 0;
}

static void finished(struct device *d, unsigned n, uint32_t written)
{
    struct job *job = &d->jobs[n];
    d->busy[n] = 0;
    job->client->flights--;
    answer(job->client, job->request.number, d->kind == KIND_BLOCK ? job->request.in_bytes : written);
}

int devices_finish(void)
{
    int any = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t written;
        int head;
        virtqueue_tell(&devices[i].queue);
        for (; (head = virtqueue_take(&devices[i].queue, &written)) >= 0; any = 1)
            finished(&devices[i], (unsigned)head / DESCRIPTORS_EACH, written);
    }
    return any;
}
