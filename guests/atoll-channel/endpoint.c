/*
 * Works with a stock kernel, which has no driver for channels: memory through /dev/mem, and the doorbell as an edge on
 * the GPIO pin that the device tree names (doorbell-gpios).
 */
#include "endpoint.h"

#define TREE "/proc/device-tree/soc"
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define REGISTERS_SIZE 4096

/* linux/gpio.h, second version of its interface. */
struct gpio_attribute {
    uint32_t id, padding;
    uint64_t value, mask;
};

struct gpio_config {
    uint64_t flags;
    uint32_t attributes, padding[5];
    struct gpio_attribute attribute[10];
};

struct gpio_request {
    uint32_t offsets[64];
    char consumer[32];
    struct gpio_config config;
    uint32_t lines, event_buffer_size, padding[5];
    int32_t fd;
};

struct gpio_chip {
    char name[32], label[32];
    uint32_t lines;
};

struct gpio_event {
    uint64_t timestamp;
    uint32_t id, offset, number, line_number, padding[6];
};

#define IOCTL(direction, number, type) ((uint32_t)(direction) << 30 | (uint32_t)sizeof(type) << 16 | 0xb400u | (number))
#define GPIO_CHIP_INFO IOCTL(2, 1, struct gpio_chip)
#define GPIO_GET_LINE IOCTL(3, 7, struct gpio_request)
#define GPIO_INPUT (1u << 2)
#define GPIO_RISING (1u << 4)
#define GPIO_CHIP_LABEL "4010000.gpio"

struct pollfd {
    int32_t fd;
    int16_t events, revents;
};

#define POLLIN 1

static uint32_t be32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint64_t be64(const uint8_t *b)
{
    return (uint64_t)be32(b) << 32 | be32(b + 4);
}

static void join(char *path, size_t room, const char *const *parts, unsigned count)
{
    size_t at = 0;
    for (unsigned i = 0; i < count; i++)
        for (const char *p = parts[i]; *p && at + 1 < room; p++)
            path[at++] = *p;
    path[at] = 0;
}

static long read_property(const char *node, const char *property, void *to, size_t room)
{
    char path[256];
    join(path, sizeof path, (const char *const[]){TREE "/", node, "/", property}, 4);
    return read_file(path, to, room);
}

struct visit {
    int (*visit)(struct endpoint *, void *);
    void *argument;
};

static int visit_node(const char *node, void *argument)
{
    const struct visit *v = argument;
    struct endpoint e = {.line = -1};
    uint8_t reg[32], gpio[12];
    if (read_property(node, "label", e.name, sizeof e.name - 1) <= 0 ||
        read_property(node, "reg", reg, sizeof reg) != sizeof reg ||
        read_property(node, "doorbell-gpios", gpio, sizeof gpio) != sizeof gpio)
        return 0;
    e.registers_at = be64(reg);
    e.window_at = be64(reg + 16);
    e.window_size = be64(reg + 24);
    e.pin = be32(gpio + 4);
    return v->visit(&e, v->argument);
}

int each_endpoint(int (*visit)(struct endpoint *, void *), void *argument)
{
    struct visit v = {visit, argument};
    return each_entry(TREE, "channel@", visit_node, &v);
}

static volatile uint8_t *map(int fd, uint64_t address, uint64_t size, int access)
{
    long at = system_call(SYS_MMAP, 0, size, access, MAP_SHARED, fd, address);
    if (at < 0 && at > -4096)
        fail("%lu bytes of memory at 0x%lx cannot be mapped: error %ld", size, address, -at);
    return (volatile uint8_t *)at;
}

void endpoint_map(struct endpoint *e)
{
    int fd = open_file("/dev/mem", O_RDWR | O_SYNC);
    if (fd < 0)
        fail("/dev/mem cannot be opened: error %d; this program needs to be root", -fd);
    e->registers = map(fd, e->registers_at, REGISTERS_SIZE, PROT_READ | PROT_WRITE);
    if (endpoint_get(e, CHANNEL_MAGIC) != CHANNEL_MAGIC_VALUE)
        fail("there is no channel at 0x%lx", e->registers_at);
    e->window = map(fd, e->window_at, e->window_size, PROT_READ | (endpoint_writable(e) ? PROT_WRITE : 0));
    system_call(SYS_CLOSE, fd);
}

struct search {
    const char *name;
    struct endpoint *found;
};

static int is_wanted(struct endpoint *e, void *argument)
{
    struct search *s = argument;
    if (strcmp(e->name, s->name))
        return 0;
    *s->found = *e;
    return 1;
}

void endpoint_open(struct endpoint *e, const char *name)
{
    struct search s = {name, e};
    if (!each_endpoint(is_wanted, &s))
        fail("this machine has no channel %s; list shows those that it has", name);
    endpoint_map(e);
}

uint32_t endpoint_get(const struct endpoint *e, unsigned reg)
{
    return *(volatile uint32_t *)(e->registers + reg);
}

void endpoint_set(const struct endpoint *e, unsigned reg, uint32_t value)
{
    *(volatile uint32_t *)(e->registers + reg) = value;
}

int endpoint_writable(const struct endpoint *e)
{
    return !(endpoint_get(e, CHANNEL_STATUS) & CHANNEL_STATUS_READ_ONLY);
}

void endpoint_ring(const struct endpoint *e, uint32_t bits)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
    endpoint_set(e, CHANNEL_RING, bits);
}

static int is_our_chip(const char *device, void *argument)
{
    char path[64];
    struct gpio_chip chip = {0};
    join(path, sizeof path, (const char *const[]){"/dev/", device}, 2);
    int fd = open_file(path, O_RDWR);
    if (fd < 0)
        return 0;
    if (system_call(SYS_IOCTL, fd, GPIO_CHIP_INFO, &chip) == 0 && !strcmp(chip.label, GPIO_CHIP_LABEL)) {
        *(int *)argument = fd;
        return 1;
    }
    system_call(SYS_CLOSE, fd);
    return 0;
}

long endpoint_claim(struct endpoint *e)
{
    int chip;
    struct gpio_request r = {
        .offsets = {e->pin}, .consumer = "atoll-channel", .config = {.flags = GPIO_INPUT | GPIO_RISING}, .lines = 1};
    if (!each_entry("/dev", "gpiochip", is_our_chip, &chip))
        fail("there is no GPIO chip " GPIO_CHIP_LABEL " in /dev; the kernel needs its driver gpio-sifive");
    long error = system_call(SYS_IOCTL, chip, GPIO_GET_LINE, &r);
    system_call(SYS_CLOSE, chip);
    if (error >= 0)
        e->line = r.fd;
    return error;
}

int endpoint_edge(const struct endpoint *e, long milliseconds)
{
    int64_t limit[2] = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    struct pollfd p = {e->line, POLLIN, 0};
    if (system_call(SYS_PPOLL, &p, 1, milliseconds < 0 ? 0 : limit, 0, 0) <= 0)
        return 0;
    struct gpio_event event;
    system_call(SYS_READ, e->line, &event, sizeof event);
    return 1;
}

static uint32_t take(const struct endpoint *e)
{
    uint32_t bits = endpoint_get(e, CHANNEL_PENDING);
    endpoint_set(e, CHANNEL_PENDING, bits);
    return bits;
}

/* An edge comes when the first bit becomes pending, so pending bits are looked at before each wait. */
uint32_t endpoint_wait(struct endpoint *e, long milliseconds)
{
    if (e->line < 0) {
        long error = endpoint_claim(e);
        if (error < 0)
            fail("pin %u of " GPIO_CHIP_LABEL " cannot be had: error %ld; does another process wait on this channel?", e->pin,
                 -error);
        endpoint_set(e, CHANNEL_ENABLE, 0xffffffff);
    }
    for (;;) {
        uint32_t bits = take(e);
        if (bits)
            return bits;
        if (!endpoint_edge(e, milliseconds))
            return take(e);
    }
}
