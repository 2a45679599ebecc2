/* Tables as what devices, and the hypervisor's console, write to. */
#include "intruder.h"

#define VIRTIO 0x10001000ul
#define SLOTS 8
#define DEVICE_ID 0x08
#define ENTROPY 4
#define QUEUE_SELECT 0x30
#define QUEUE_SIZE 0x38
#define QUEUE_READY 0x44
#define QUEUE_NOTIFY 0x50
#define STATUS 0x70
#define QUEUE_DESCRIPTORS 0x80
#define QUEUE_DRIVER 0x90
#define QUEUE_DEVICE 0xa0
#define STARTED 3
#define FEATURES_OK 0xb
#define DRIVER_OK 0xf
#define NEEDS_RESET 0x40
#define BUFFER 64
#define WRITABLE 2
#define SBI_DBCN 0x4442434e
#define SBI_DBCN_READ 1
#define PATIENCE 10000000ul /* ticks of 100 ns */

static uint64_t driver_page[512] __attribute__((aligned(4096))); /* descriptors, and the driver's ring behind */
#define RING 1024

static uintptr_t entropy_device(void)
{
    for (int slot = 0; slot < SLOTS; slot++)
        if (in32(VIRTIO + (uintptr_t)slot * 0x1000 + DEVICE_ID) == ENTROPY)
            return VIRTIO + (uintptr_t)slot * 0x1000;
    granted(1, "a source of entropy");
    return 0;
}

static void put64(uintptr_t a, uint64_t v)
{
    out32(a, (uint32_t)v);
    out32(a + 4, (uint32_t)(v >> 32));
}

/* A queue of one that asks for random bytes at `buffer`, whose used ring is in `ring`. */
static void start(uintptr_t device, const void *ring, const void *buffer)
{
    out32(device + STATUS, 0);
    out32(device + STATUS, STARTED);
    out32(device + STATUS, FEATURES_OK);
    memset(driver_page, 0, sizeof driver_page);
    driver_page[0] = (uint64_t)buffer;
    driver_page[1] = BUFFER | (uint64_t)WRITABLE << 32;
    out32(device + QUEUE_SELECT, 0);
    out32(device + QUEUE_SIZE, 1);
    put64(device + QUEUE_DESCRIPTORS, (uint64_t)driver_page);
    put64(device + QUEUE_DRIVER, (uint64_t)driver_page + RING);
    put64(device + QUEUE_DEVICE, (uint64_t)ring);
    out32(device + QUEUE_READY, 1);
    out32(device + STATUS, DRIVER_OK);
}

static void ask(uintptr_t device)
{
    driver_page[RING / 8] = 1ul << 16; /* index 1, entry 0 */
    __asm__ volatile("fence" ::: "memory");
    out32(device + QUEUE_NOTIFY, 0);
}

static int complains(uintptr_t device)
{
    return (in32(device + STATUS) & NEEDS_RESET) != 0;
}

static int all_zero(const uint64_t *page)
{
    for (int i = 0; i < 512; i++)
        if (page[i])
            return 0;
    return 1;
}

/* It works where it may. */
static void honest(uintptr_t device, const volatile uint64_t *ring, const uint64_t *buffer)
{
    start(device, (const void *)ring, buffer);
    ask(device);
    for (uint64_t until = csr_read(time) + PATIENCE; !(ring[0] >> 16 & 0xffff) && csr_read(time) < until;)
        ;
    granted(all_zero(buffer), "random bytes in a page of its own");
}

struct tally attack_dma(void)
{
    struct tally t = {0, 0};
    uintptr_t device = entropy_device();
    uint64_t *table = page_take(), *ring = page_take(), *buffer = page_take();
    honest(device, ring, buffer);
    granted(pin(table, 0), "an empty table");

    start(device, ring, table);
    ask(device);
    refused(&t, complains(device), "a table as a device's buffer", (uint64_t)table);
    start(device, table, buffer);
    refused(&t, complains(device), "a table as a device's ring", (uint64_t)table);

    bare(); /* the ring becomes a table while the device uses it */
    memset(ring, 0, PAGE);
    paged();
    start(device, ring, buffer);
    granted(pin(ring, 0), "a ring as a table");
    ask(device);
    out32(device + STATUS, 0); /* returns when nothing is under way any more */
    refused(&t, all_zero(ring), "a device's store to its ring, which is a table now", (uint64_t)ring);

    sbi_call(SBI_DBCN, SBI_DBCN_READ, 8, (uint64_t)table, 0);
    refused(&t, all_zero(table), "the console's store to a table", (uint64_t)table);
    granted(unpin(table) | unpin(ring), "to let them go");
    return t;
}
