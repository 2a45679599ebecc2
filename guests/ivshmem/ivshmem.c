/*
 * Memory that VMs share by ivshmem, on a Linux with nothing but its own drivers (docs/ivshmem.md): registers and memory
 * through the resources that the kernel shows of a PCI device, interrupts through /dev/uio* of uio_pci_generic.
 */
#include "device.h"

#define POLLIN 1
#define LINE 16
#define MOST_DIGITS 20

const char program[] = "atoll-ivshmem";

static unsigned long number(const char *text)
{
    const char *end = text;
    unsigned long v = digits(&end);
    if (*end || end == text || end - text > MOST_DIGITS)
        fail("'%s' is no number", text);
    return v;
}

static int list(void)
{
    struct device d;
    for (unsigned n = 0; device_find(&d, n); n++) {
        device_open(&d, n);
        print("%u  %s  %lu bytes, peer %u, revision %lu, %s\n", n, d.name, d.size, d.registers[POSITION / 4],
              device_attribute(&d, "revision"), *d.uio ? d.uio : "no driver");
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
    device_ring(d, (unsigned)peer, (unsigned)vector);
    return 0;
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
    device_allow_interrupt(d);
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
    device_open(&d, (unsigned)number(a[2]));
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
