/*
 * Asks its virtio disk (virtio 1.2, 5.2) for many sectors at once, one after the other from the first on, and waits for
 * all of them. So whoever serves several of it can be watched choosing.
 */
#include "guest.h"
#include "virtio_registers.h"

#define KIND_BLOCK 2
#define F_VERSION_1 32
#define T_IN 0
#define SECTOR 512
#define REQUESTS 64
#define EACH 3 /* descriptors */
#define ENTRIES 256

static struct descriptor descriptors[ENTRIES] __attribute__((aligned(16)));
static struct {
    uint16_t flags, index, ring[ENTRIES], used_event;
} available __attribute__((aligned(2)));
static volatile struct {
    uint16_t flags, index;
    struct {
        uint32_t id, length;
    } ring[ENTRIES];
    uint16_t avail_event;
} used __attribute__((aligned(4)));
static struct {
    uint32_t type, reserved;
    uint64_t sector;
} headers[REQUESTS];
static char data[SECTOR];
static volatile uint8_t results[REQUESTS];
static uintptr_t device;

static void set64(unsigned low, const volatile void *p)
{
    out32(device + low, (uint32_t)(uintptr_t)p);
    out32(device + low + 4, (uint32_t)((uintptr_t)p >> 32));
}

static int start(void)
{
    for (unsigned n = 0; n < SLOTS && !device; n++)
        if (in32(SLOT(n) + MAGIC) == 0x74726976 && in32(SLOT(n) + DEVICE_ID) == KIND_BLOCK)
            device = SLOT(n);
    if (!device)
        return 0;
    out32(device + STATUS, 0);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER);
    out32(device + DRIVER_FEATURES_SELECT, 1);
    out32(device + DRIVER_FEATURES, 1u << (F_VERSION_1 - 32));
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    out32(device + QUEUE_SELECT, 0);
    out32(device + QUEUE_SIZE, ENTRIES);
    set64(QUEUE_DESC_LOW, descriptors);
    set64(QUEUE_DRIVER_LOW, &available);
    set64(QUEUE_DEVICE_LOW, &used);
    out32(device + QUEUE_READY, 1);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    return 1;
}

static void ask(uint16_t n)
{
    uint16_t first = (uint16_t)(n * EACH);
    headers[n].type = T_IN;
    headers[n].sector = n;
    results[n] = 0xff;
    descriptors[first] = (struct descriptor){(uintptr_t)&headers[n], sizeof headers[n], DESC_NEXT, (uint16_t)(first + 1)};
    descriptors[first + 1] = (struct descriptor){(uintptr_t)data, SECTOR, DESC_NEXT | DESC_WRITE, (uint16_t)(first + 2)};
    descriptors[first + 2] = (struct descriptor){(uintptr_t)&results[n], 1, DESC_WRITE, 0};
    available.ring[n] = first;
}

int main(uint64_t hart, const void *dtb)
{
    (void)hart;
    (void)dtb;
    console_init();
    if (!start())
        return 2;
    for (uint16_t n = 0; n < REQUESTS; n++)
        ask(n);
    __asm__ volatile("fence rw, rw" ::: "memory");
    available.index = REQUESTS;
    __asm__ volatile("fence rw, rw" ::: "memory");
    out32(device + QUEUE_NOTIFY, 0);
    print("burst: asked\n");
    while (used.index != REQUESTS)
        ;
    for (unsigned n = 0; n < REQUESTS; n++)
        if (results[n])
            return 1;
    return 0;
}
