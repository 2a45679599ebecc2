/*
 * atoll-virtio: a network between two machines by a virtio device in memory that they share by ivshmem. One is the device,
 * the other the driver; no monitor takes part but by the doorbell. Each has a TAP interface at its end, so any Linux will do.
 */
#include "link.h"

#define SYS_PWRITE 68
#define POLLIN 1
#define O_NONBLOCK 04000
#define TUNSETIFF 0x400454cal
#define TUNSETPERSIST 0x400454cbl
#define IFF_TAP 2
#define IFF_NO_PI 0x1000
#define NAME 16
#define WRONG_USE 2
#define A_SECOND 1000
#define MOST_SAID 20

#define COMMAND 4 /* PCI Express §7.5.1.1.3; bit 10 switches the pin off */
#define MEMORY_AND_MASTER 6

const char program[] = "atoll-virtio";

void say(const char *what)
{
    static int said;
    if (said++ < MOST_SAID)
        print("%s: %s\n", program, what);
    else
        said = MOST_SAID;
}

struct interface { /* netdevice(7) */
    char name[NAME];
    int16_t flags;
    char rest[22];
};

static void open_tap(struct link *l, const char *name)
{
    struct interface i = {.flags = IFF_TAP | IFF_NO_PI};
    if (strlen(name) >= NAME)
        fail("'%s' is no name of an interface, expected at most %u characters", name, NAME - 1);
    memcpy(i.name, name, strlen(name));
    l->tap = open_file("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (l->tap < 0)
        fail("/dev/net/tun cannot be opened: error %d; do: modprobe tun", -l->tap);
    long error = system_call(SYS_IOCTL, (long)l->tap, TUNSETIFF, &i);
    if (error < 0)
        fail("interface %s cannot be had: error %ld", name, -error);
    system_call(SYS_IOCTL, (long)l->tap, TUNSETPERSIST, 1l); /* with its addresses, if this program is started again */
}

size_t tap_read(const struct link *l, volatile uint8_t *to, size_t room)
{
    long n = system_call(SYS_READ, (long)l->tap, to, room);
    return n > 0 ? (size_t)n : 0;
}

/* While the interface is down, frames are lost, as on a wire. */
void tap_write(const struct link *l, volatile uint8_t *from, size_t bytes)
{
    system_call(SYS_WRITE, (long)l->tap, from, bytes);
}

/* uio_pci_generic switches the pin off at each interrupt. */
static void allow_interrupt(const struct link *l)
{
    uint16_t command = MEMORY_AND_MASTER;
    system_call(SYS_PWRITE, (long)l->config, &command, sizeof command, (long)COMMAND);
}

int link_wait(struct link *l, long milliseconds)
{
    struct {
        int32_t fd;
        int16_t events, revents;
    } on[] = {{l->uio, POLLIN, 0}, {l->tap, l->room ? POLLIN : 0, 0}};
    int64_t limit[2] = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    system_call(SYS_PPOLL, on, 2l, limit, 0l, 0l);
    if (on[0].revents) {
        uint32_t count;
        system_call(SYS_READ, (long)l->uio, &count, sizeof count);
        (void)l->device.registers[STATUS / 4]; /* which lowers the pin */
        allow_interrupt(l);
        barrier(); /* what was rung for is looked at afterwards */
    }
    return on[1].revents & POLLIN;
}

static void open_link(struct link *l, unsigned n)
{
    char path[96] = {0};
    device_open(&l->device, n);
    if (!*l->device.uio)
        fail("no driver has %s; do: modprobe uio_pci_generic; echo 1af4 1110 > /sys/bus/pci/drivers/uio_pci_generic/new_id",
             l->device.name);
    memcpy(path, l->device.path, strlen(l->device.path));
    memcpy(path + strlen(path), "/config", sizeof "/config");
    l->uio = open_file(l->device.uio, O_RDWR);
    l->config = open_file(path, O_RDWR);
    if (l->uio < 0 || l->config < 0)
        fail("%s cannot be opened: error %d", l->uio < 0 ? l->device.uio : path, -(l->uio < 0 ? l->uio : l->config));
    l->self = l->device.registers[POSITION / 4];
    l->peer = !l->self;
    if (l->self > 1)
        fail("this machine is peer %u of the memory; a link is between 0 and 1", l->self);
    l->states = (volatile uint32_t *)at(l, STATES_AT);
    l->header = (volatile struct header *)at(l, HEADER_AT);
    l->device.registers[MASK / 4] = 1;
    allow_interrupt(l);
}

static int usage(void)
{
    print("atoll-virtio device N INTERFACE   is a network device in the memory of ivshmem device N, for the other machine\n"
          "atoll-virtio driver N INTERFACE   drives the device that the other machine is\n");
    return WRONG_USE;
}

int run(int argc, char **argv)
{
    static struct link l;
    int back = argc == 4 && !strcmp(argv[1], "device");
    if (argc != 4 || (!back && strcmp(argv[1], "driver")))
        return usage();
    const char *number = argv[2];
    unsigned n = (unsigned)digits(&number);
    if (*number || number == argv[2])
        fail("'%s' is no number", argv[2]);
    open_tap(&l, argv[3]);
    open_link(&l, n);
    (back ? back_begin : front_begin)(&l);
    for (int frames = 1;;)
        if (!(back ? back_work : front_work)(&l, frames))
            frames = link_wait(&l, A_SECOND);
        else
            frames = 1;
}
