/*
 * What clients are served from: disks and files of this machine, through its own page cache, and the kernel's random numbers. Data
 * goes straight between the kernel and the pages that a request was lent.
 */
#include "serve.h"

#define SYS_LSEEK 62
#define SYS_PREAD 67
#define SYS_PWRITE 68
#define SYS_FDATASYNC 83
#define SYS_GETRANDOM 278
#define SEEK_END 2

/* virtio 1.2, 5.2.6 */
#define T_IN 0
#define T_OUT 1
#define T_FLUSH 4
#define T_GET_ID 8
#define S_OK 0
#define S_IOERR 1
#define S_UNSUPP 2
#define ID_BYTES 20

struct asked {
    uint32_t type, reserved;
    uint64_t sector;
};

int disk_open(const char *name, int *read_only)
{
    int fd = open_file(name, O_RDWR);
    *read_only = fd < 0;
    return fd < 0 ? open_file(name, O_RDONLY) : fd;
}

static void find_part(struct client *c, uint64_t offset, uint64_t bytes)
{
    long end = system_call(SYS_LSEEK, c->disk, 0, SEEK_END);
    uint64_t all = end > 0 ? (uint64_t)end / SECTOR : 0;
    c->first = offset / SECTOR;
    c->sectors = c->first < all ? all - c->first : 0;
    if (bytes && bytes / SECTOR < c->sectors)
        c->sectors = bytes / SECTOR;
}

void disk_choose(struct client *c, const struct disks *disks)
{
    volatile struct service *s = header(&c->end);
    uint32_t unit = s->unit;
    if (c->disk >= 0)
        system_call(SYS_CLOSE, c->disk);
    c->disk = -1;
    c->sectors = 0;
    if (c->kind != KIND_BLOCK)
        return;
    if (unit < disks->count)
        c->disk = disk_open(disks->names[unit], &c->read_only);
    else
        print("%s: %s wants disk %u; only %u were given\n", program, c->end.name, unit, disks->count);
    c->read_only |= (s->flags & SERVICE_READ_ONLY) != 0;
    if (c->disk >= 0)
        find_part(c, s->offset, s->bytes);
}

/* Moves bytes between the client's part of the disk and the window; whether all were. */
static int move(const struct client *c, long call, uint32_t at, uint32_t bytes, uint64_t sector)
{
    if (bytes % SECTOR || sector > c->sectors || bytes / SECTOR > c->sectors - sector)
        return 0;
    for (uint32_t done = 0; done < bytes;) {
        long n = system_call(call, c->disk, c->end.window + at + done, bytes - done, (c->first + sector) * SECTOR + done);
        if (n <= 0)
            return 0;
        done += (uint32_t)n;
    }
    return 1;
}

static int identify(const struct client *c, const struct service_request *r)
{
    for (unsigned i = 0; i < ID_BYTES && i + 1 < r->in_bytes && c->end.name[i]; i++)
        c->end.window[r->in + i] = (uint8_t)c->end.name[i];
    return S_OK;
}

/* What is answered has been read from the window once: the client's monitor may change it. */
static int disk_status(const struct client *c, const struct service_request *r)
{
    volatile struct asked *asked = (volatile struct asked *)(c->end.window + r->out);
    uint64_t sector = asked->sector;
    int done;
    switch (asked->type) {
    case T_IN:
        done = move(c, SYS_PREAD, r->in, r->in_bytes - 1, sector);
        break;
    case T_OUT:
        done = !c->read_only &&
               move(c, SYS_PWRITE, r->out + (uint32_t)sizeof *asked, r->out_bytes - (uint32_t)sizeof *asked, sector);
        break;
    case T_FLUSH:
        done = c->disk >= 0 && system_call(SYS_FDATASYNC, c->disk) == 0;
        break;
    case T_GET_ID:
        return identify(c, r);
    default:
        return S_UNSUPP;
    }
    return done ? S_OK : S_IOERR;
}

uint32_t disk_request(struct client *c, const struct service_request *r)
{
    c->end.window[r->in + r->in_bytes - 1] = (uint8_t)disk_status(c, r);
    return r->in_bytes;
}

uint32_t entropy_request(struct client *c, const struct service_request *r)
{
    long n = system_call(SYS_GETRANDOM, c->end.window + r->in, r->in_bytes, 0);
    return n > 0 ? (uint32_t)n : 0;
}
