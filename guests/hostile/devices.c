/* Registers of every device with values that no driver writes, of every width, at every alignment. */
#include "channel_registers.h"
#include "hostile.h"

#define COUNT 4000
#define VIRTIO 0x10001000ul
#define VIRTIO_SLOTS 8
#define QUEUE_SELECT 0x30
#define QUEUE_SIZE 0x38
#define QUEUE_READY 0x44
#define QUEUE_NOTIFY 0x50
#define STATUS 0x70
#define QUEUE_DESCRIPTORS 0x80
#define QUEUE_DRIVER 0x90
#define QUEUE_DEVICE 0xa0
#define DRIVER_OK 0xf
#define WATCHDOG 0x00102000ul
#define FLASH 0x22000000ul
#define FW_CFG 0x10100000ul

static const struct {
    uintptr_t base;
    uint32_t size;
} devices[] = {{0x00101000, 0x40},  {WATCHDOG, 0x18},    {0x00103000, 0x20}, {CLINT, 0xc000},   {0x02f00000, 0x4000}, {0x04000000, 0x10000},
               {0x04010000, 0x100}, {PLIC, 0x600000},    {UART + 1, 0xff},  {VIRTIO, VIRTIO_SLOTS * 0x1000},
               {0x20000000, 0x2000000}, {0x22000000, 0x2000000}, {0x10100000, 0x18}, {0x30000000, 0x1000}};
#define DEVICES (sizeof devices / sizeof devices[0])

static uint64_t garbage;

static void poke8(uint64_t a) { *(volatile uint8_t *)a = (uint8_t)garbage; }
static void poke16(uint64_t a) { *(volatile uint16_t *)a = (uint16_t)garbage; }
static void poke32(uint64_t a) { *(volatile uint32_t *)a = (uint32_t)garbage; }
static void poke64(uint64_t a) { *(volatile uint64_t *)a = garbage; }
static void peek8(uint64_t a) { garbage = *(volatile uint8_t *)a; }
static void peek16(uint64_t a) { garbage = *(volatile uint16_t *)a; }
static void peek32(uint64_t a) { garbage = *(volatile uint32_t *)a; }
static void peek64(uint64_t a) { garbage = *(volatile uint64_t *)a; }

static void (*const accesses[])(uint64_t) = {poke8, poke16, poke32, poke64, peek8, peek16, peek32, peek64};

static uint64_t ring_address(void)
{
    return random_below(2) ? nasty() : ((uint64_t)(RAM + random_below(ram_end - RAM)) & ~15ul);
}

static void put64(uintptr_t a, uint64_t v)
{
    out32(a, (uint32_t)v);
    out32(a + 4, (uint32_t)(v >> 32));
}

/* A virtqueue whose rings are anywhere but in the program's own memory; what is in RAM there is zero. */
static void absurd_queue(uint64_t slot)
{
    uintptr_t base = VIRTIO + slot * 0x1000;
    out32(base + STATUS, 0);
    out32(base + STATUS, 3);
    out32(base + STATUS, 0xb);
    out32(base + QUEUE_SELECT, (uint32_t)random_below(4));
    out32(base + QUEUE_SIZE, (uint32_t)(random_below(2) ? 8 : nasty()));
    put64(base + QUEUE_DESCRIPTORS, ram_end - PAGE);
    put64(base + QUEUE_DRIVER, random_below(2) ? ram_end - PAGE : ring_address());
    put64(base + QUEUE_DEVICE, random_below(2) ? ram_end - 2 * PAGE : nowhere());
    out32(base + QUEUE_READY, 1);
    out32(base + STATUS, DRIVER_OK);
    for (unsigned i = 0; i < PAGE / 8; i++)
        ((volatile uint64_t *)(ram_end - PAGE))[i] = nasty();
    for (unsigned queue = 0; queue < 4; queue++)
        out32(base + QUEUE_NOTIFY, queue);
    out32(base + STATUS, 0);
}

/* What the other end of a channel takes for messages. */
static void garble_window(uint64_t window)
{
    struct fdt_device channel;
    fdt_find(tree, "atoll,channel", 0, &channel);
    for (int i = 0; i < 64; i++)
        *(volatile uint32_t *)(window + random_below(channel.reg[3] / 4) * 4) = (uint32_t)nasty();
    out32(channel.reg[0] + CHANNEL_RING, (uint32_t)nasty());
}

/* Commands that a flash chip knows, with words for the same place and others. */
static void mistreat_flash(uint64_t unused)
{
    static const uint8_t commands[] = {0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xd0, 0xd0, 0xe8, 0xff};
    (void)unused;
    uintptr_t place = FLASH + random_below(0x2000000 / 4) * 4;
    out32(place, commands[random_below(sizeof commands)] * 0x10001u);
    out32(random_below(4) ? place : FLASH + random_below(0x2000000 / 4) * 4, (uint32_t)nasty());
}

/* A transfer of any length to where nothing is, or a short one to memory, or one that is described nowhere. */
static void absurd_transfer(uint64_t unused)
{
    (void)unused;
    volatile uint32_t *access = (uint32_t *)(ram_end - 4 * PAGE);
    int lost = random_below(4) != 0;
    access[0] = (uint32_t)nasty();
    access[1] = lost ? (uint32_t)nasty() : (uint32_t)random_below(256) << 24;
    *(volatile uint64_t *)(access + 2) = big64(lost ? nowhere() : ram_end - 3 * PAGE);
    *(volatile uint64_t *)(FW_CFG + 16) = big64(random_below(4) ? (uint64_t)(uintptr_t)access : nowhere());
}

/* Everything quiet again, and the console as it was. */
static void calm(uint64_t unused)
{
    (void)unused;
    for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++)
        out32(VIRTIO + slot * 0x1000 + STATUS, 0);
    enable_sources(0);
    out8(UART + 3, 3);
    out8(UART + 4, 0);
    out8(UART + 1, 0);
}

struct tally attack_devices(void)
{
    struct tally t = {0, 0};
    struct fdt_device channel;
    int connected = fdt_find(tree, "atoll,channel", 0, &channel);
    for (int i = 0; i < COUNT; i++) {
        if (connected && i % 64 == 0)
            try(&t, garble_window, channel.reg[2]);
        unsigned d = (unsigned)random_below(DEVICES);
        garbage = nasty();
        try(&t, accesses[random_below(8)], devices[d].base + random_below(devices[d].size));
        if (i % 16 == 0)
            try(&t, absurd_queue, random_below(VIRTIO_SLOTS));
        if (i % 4 == 0)
            try(&t, mistreat_flash, 0);
        if (i % 64 == 0)
            try(&t, absurd_transfer, 0);
    }
    try(&t, calm, 0);
    return t;
}
