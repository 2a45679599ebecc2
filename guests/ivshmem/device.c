/* The kernel shows a PCI device's registers and memory as files that can be mapped. */
#include "device.h"

#define DEVICES "/sys/bus/pci/devices"
#define SYS_PREAD 67
#define SYS_PWRITE 68
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1

#define REGISTERS_SIZE 4096 /* 256, and the rest of the page */

#define COMMAND 4 /* PCI Express §7.5.1.1.3 */
#define COMMAND_NO_INTX 0x400

static void join(char *path, size_t room, const char *one, const char *two, const char *three)
{
    size_t at = 0;
    const char *parts[] = {one, two, three};
    for (unsigned i = 0; i < 3; i++)
        for (const char *p = parts[i]; *p && at + 1 < room; p++)
            path[at++] = *p;
    path[at] = 0;
}

unsigned long digits(const char **text)
{
    unsigned long v = 0;
    const char *p = *text;
    unsigned base = p[0] == '0' && p[1] == 'x' ? 16 : 10;
    for (p += base == 16 ? 2 : 0; *p; p++) {
        unsigned d = *p >= '0' && *p <= '9' ? (unsigned)(*p - '0') : *p >= 'a' && *p <= 'f' ? (unsigned)(*p - 'a') + 10 : 99;
        if (d >= base)
            break;
        v = v * base + d;
    }
    *text = p;
    return v;
}

unsigned long device_attribute(const struct device *d, const char *name)
{
    char path[96], text[32] = {0};
    join(path, sizeof path, d->path, "/", name);
    const char *p = text;
    return read_file(path, text, sizeof text - 1) > 0 ? digits(&p) : 0;
}

static int is_wanted(const char *name, void *argument)
{
    struct device *d = argument;
    join(d->path, sizeof d->path, DEVICES, "/", name);
    join(d->name, sizeof d->name, name, "", "");
    return device_attribute(d, "vendor") == 0x1af4 && device_attribute(d, "device") == 0x1110 && d->left-- == 0;
}

static int first_uio(const char *name, void *argument)
{
    struct device *d = argument;
    join(d->uio, sizeof d->uio, "/dev/", name, "");
    return 1;
}

/* Start, end and flags of BAR 2 are in the third line. */
static uint64_t memory_size(const struct device *d)
{
    char path[96], text[1024] = {0};
    join(path, sizeof path, d->path, "/", "resource");
    if (read_file(path, text, sizeof text - 1) <= 0)
        return 0;
    const char *p = text;
    for (int line = 0; line < 2 && *p; p++)
        line += *p == '\n';
    uint64_t start = digits(&p);
    p += *p == ' ';
    uint64_t end = digits(&p);
    return end ? end - start + 1 : 0;
}

static volatile void *map(const struct device *d, const char *resource, uint64_t size, int access)
{
    char path[96];
    join(path, sizeof path, d->path, "/", resource);
    int fd = open_file(path, O_RDWR | O_SYNC);
    if (fd < 0)
        fail("%s cannot be opened: error %d; this program needs to be root", path, -fd);
    long at = system_call(SYS_MMAP, 0, size, access, MAP_SHARED, fd, 0);
    if (at < 0 && at > -4096)
        fail("%lu bytes of %s cannot be mapped: error %ld", size, path, -at);
    system_call(SYS_CLOSE, fd);
    return (volatile void *)at;
}

/* A device that no driver has is not enabled yet. */
static void enable(const struct device *d)
{
    char path[96];
    join(path, sizeof path, d->path, "/", "enable");
    int fd = open_file(path, O_RDWR);
    if (fd >= 0) {
        if (!device_attribute(d, "enable"))
            system_call(SYS_WRITE, fd, "1", 1);
        system_call(SYS_CLOSE, fd);
    }
}

int device_find(struct device *d, unsigned n)
{
    char path[96];
    *d = (struct device){.left = n};
    if (!each_entry(DEVICES, "0000:", is_wanted, d))
        return 0;
    join(path, sizeof path, d->path, "/", "uio");
    each_entry(path, "uio", first_uio, d);
    d->size = memory_size(d);
    return 1;
}

void device_open(struct device *d, unsigned n)
{
    if (!device_find(d, n))
        fail("this machine has no ivshmem device %u; list shows those that it has", n);
    enable(d);
    d->registers = map(d, "resource0", REGISTERS_SIZE, PROT_READ | PROT_WRITE);
    d->memory = map(d, "resource2", d->size, PROT_READ | PROT_WRITE);
}

void device_ring(const struct device *d, unsigned peer, unsigned vector)
{
    __asm__ volatile("fence rw, o" ::: "memory"); /* a register is no memory */
    d->registers[DOORBELL / 4] = (uint32_t)peer << 16 | vector;
}

void device_allow_interrupt(const struct device *d)
{
    char path[96];
    uint16_t command = 0;
    join(path, sizeof path, d->path, "/", "config");
    int fd = open_file(path, O_RDWR);
    if (fd < 0)
        fail("%s cannot be opened: error %d", path, -fd);
    system_call(SYS_PREAD, fd, &command, sizeof command, COMMAND);
    command &= (uint16_t)~COMMAND_NO_INTX;
    system_call(SYS_PWRITE, fd, &command, sizeof command, COMMAND);
    system_call(SYS_CLOSE, fd);
}

