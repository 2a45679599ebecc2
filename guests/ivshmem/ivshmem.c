/*
 * Memory that VMs share by ivshmem, on a Linux with nothing but its own drivers (docs/ivshmem.md): registers and memory
 * through the resources that the kernel shows of a PCI device, interrupts through /dev/uio* of uio_pci_generic.
 */
#include "linux.h"

#define DEVICES "/sys/bus/pci/devices"
#define SYS_PREAD 67
#define SYS_PWRITE 68
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define POLLIN 1
#define LINE 16
#define MOST_DIGITS 20

/* QEMU's docs/specs/ivshmem-spec. */
#define MASK 0x00
#define STATUS 0x04
#define POSITION 0x08
#define DOORBELL 0x0c
#define REGISTERS_SIZE 4096 /* 256, and the rest of the page */

#define COMMAND 4 /* PCI Express §7.5.1.1.3 */
#define COMMAND_NO_INTX 0x400

const char program[] = "atoll-ivshmem";

struct device {
    char path[64], name[32], uio[32];
    unsigned left; /* how many of them are before it */
    volatile uint32_t *registers;
    volatile uint8_t *memory;
    uint64_t size;
    int writable;
};

static void join(char *path, size_t room, const char *one, const char *two, const char *three)
{
    size_t at = 0;
    const char *parts[] = {one, two, three};
    for (unsigned i = 0; i < 3; i++)
        for (const char *p = parts[i]; *p && at + 1 < room; p++)
            path[at++] = *p;
    path[at] = 0;
}

/* Decimal, or hexadecimal behind 0x, up to what is no digit. */
static unsigned long digits(const char **text)
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

static unsigned long number(const char *text)
{
    const char *end = text;
    unsigned long v = digits(&end);
    if (*end || end == text || end - text > MOST_DIGITS)
        fail("'%s' is no number", text);
    return v;
}

static unsigned long attribute(const struct device *d, const char *name)
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
    return attribute(d, "vendor") == 0x1af4 && attribute(d, "device") == 0x1110 && d->left-- == 0;
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
        if (!attribute(d, "enable"))
            system_call(SYS_WRITE, fd, "1", 1);
        system_call(SYS_CLOSE, fd);
    }
}

static int find(struct device *d, unsigned n)
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

static void open_device(struct device *d, unsigned n)
{
    if (!find(d, n))
        fail("this machine has no ivshmem device %u; list shows those that it has", n);
    enable(d);
    d->registers = map(d, "resource0", REGISTERS_SIZE, PROT_READ | PROT_WRITE);
    d->memory = map(d, "resource2", d->size, PROT_READ | PROT_WRITE);
}

static int list(void)
{
    struct device d;
    for (unsigned n = 0; find(&d, n); n++) {
        open_device(&d, n);
        print("%u  %s  %lu bytes, peer %u, revision %lu, %s\n", n, d.name, d.size, d.registers[POSITION / 4],
              attribute(&d, "revision"), *d.uio ? d.uio : "no driver");
    }
    return 0;
}

static int dump(const struct device *d, unsigned long from, unsigned long length)
{
    if (from > d->size || length > d->size - from)
        fail("bytes %lu to %lu are not in %lu", from, from + length, d->size);
    for (unsigned long at = from; at < from + length; at += LINE) {
        unsigned long end = at + LINE < from + length ? at + LINE : from + length;
        print("%06lx ", at);
        for (unsigned long i = at; i < end; i++)
            print(" %02x", d->memory[i]);
        print("  ");
        for (unsigned long i = at; i < end; i++)
            put(d->memory[i] >= ' ' && d->memory[i] < 127 ? (char)d->memory[i] : '.');
        print("\n");
    }
    return 0;
}

/* On a read-only side the kernel ends the program at the first store. */
static int write_text(const struct device *d, unsigned long at, const char *text)
{
    size_t n = strlen(text);
    if (at > d->size || n > d->size - at)
        fail("%lu bytes at %lu are not in %lu", n, at, d->size);
    for (size_t i = 0; i < n; i++)
        d->memory[at + i] = (uint8_t)text[i];
    return 0;
}

static int ring(const struct device *d, unsigned long peer, unsigned long vector)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
    d->registers[DOORBELL / 4] = (uint32_t)(peer << 16 | vector);
    return 0;
}

/* uio_pci_generic has switched the pin off at the last interrupt. */
static void allow_interrupt(const struct device *d)
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

static int wait_for_ring(const struct device *d, const char *seconds)
{
    struct {
        int32_t fd;
        int16_t events, revents;
    } poll = {0, POLLIN, 0};
    if (!*d->uio)
        fail("no driver has %s; do: modprobe uio_pci_generic; echo 1af4 1110 > /sys/bus/pci/drivers/uio_pci_generic/new_id",
             d->name);
    poll.fd = open_file(d->uio, O_RDWR);
    if (poll.fd < 0)
        fail("%s cannot be opened: error %d", d->uio, -poll.fd);
    d->registers[MASK / 4] = 1;
    allow_interrupt(d);
    int64_t limit[2] = {seconds ? (int64_t)number(seconds) : 0, 0};
    if (system_call(SYS_PPOLL, &poll, 1, seconds ? limit : 0, 0, 0) <= 0)
        return 1;
    uint32_t count;
    system_call(SYS_READ, poll.fd, &count, sizeof count);
    uint32_t status = d->registers[STATUS / 4];
    print("rung, status %u\n", status);
    return 0;
}

static void usage(void)
{
    print("atoll-ivshmem list                           memory that this machine shares\n"
          "atoll-ivshmem read N [OFFSET [LENGTH]]       shows bytes of device N\n"
          "atoll-ivshmem write N OFFSET TEXT            puts text there\n"
          "atoll-ivshmem ring N PEER [VECTOR]           rings another machine\n"
          "atoll-ivshmem wait N [SECONDS]               waits until another one rings\n");
}

int run(int count, char **a)
{
    struct device d;
    if (count == 2 && !strcmp(a[1], "list"))
        return list();
    if (count < 3) {
        usage();
        return 2;
    }
    open_device(&d, (unsigned)number(a[2]));
    if (!strcmp(a[1], "read"))
        return dump(&d, count > 3 ? number(a[3]) : 0, count > 4 ? number(a[4]) : 64);
    if (!strcmp(a[1], "write") && count > 4)
        return write_text(&d, number(a[3]), a[4]);
    if (!strcmp(a[1], "ring") && count > 3)
        return ring(&d, number(a[3]), count > 4 ? number(a[4]) : 0);
    if (!strcmp(a[1], "wait"))
        return wait_for_ring(&d, count > 3 ? a[3] : 0);
    usage();
    return 2;
}
