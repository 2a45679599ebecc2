/*
 * Writes generation after generation of a pattern to a virtio disk (virtio 1.2, chapters 2, 4.2 and 5.2), flushes each
 * and then says so: whatever it has said must be on the disk, though the whole machine is killed the next moment.
 * `generations=N` in the boot arguments ends it after N; it goes on for ever otherwise.
 */
#include "guest.h"
#include "virtio_registers.h"

#define SECTORS 64 /* of 512 bytes, written in each generation */

#define BLK_F_FLUSH 9
#define F_VERSION_1 32

#define BLK_T_IN 0
#define BLK_T_OUT 1
#define BLK_T_FLUSH 4

#define ENTRIES 8
struct request {
    uint32_t type, reserved;
    uint64_t sector;
};

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
static struct request request;
static volatile uint8_t result;
static uint64_t data[SECTORS * 512 / 8] __attribute__((aligned(512)));
static uintptr_t device;

static void set64(unsigned low, const volatile void *p)
{
    out32(device + low, (uint32_t)(uintptr_t)p);
    out32(device + low + 4, (uint32_t)((uintptr_t)p >> 32));
}

static int find(void)
{
    for (unsigned n = 0; n < SLOTS; n++)
        if (in32(SLOT(n) + MAGIC) == 0x74726976 && in32(SLOT(n) + VERSION) == 2 && in32(SLOT(n) + DEVICE_ID) == 2) {
            device = SLOT(n);
            return 1;
        }
    return 0;
}

static int start(void)
{
    out32(device + STATUS, 0);
    out32(device + STATUS, ACKNOWLEDGE);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER);
    out32(device + DRIVER_FEATURES_SELECT, 0);
    out32(device + DRIVER_FEATURES, 1u << BLK_F_FLUSH);
    out32(device + DRIVER_FEATURES_SELECT, 1);
    out32(device + DRIVER_FEATURES, 1u << (F_VERSION_1 - 32));
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    if (!(in32(device + STATUS) & FEATURES_OK))
        return 0;
    out32(device + QUEUE_SELECT, 0);
    if (in32(device + QUEUE_SIZE_MAX) < ENTRIES)
        return 0;
    out32(device + QUEUE_SIZE, ENTRIES);
    set64(QUEUE_DESC_LOW, descriptors);
    set64(QUEUE_DRIVER_LOW, &available);
    set64(QUEUE_DEVICE_LOW, &used);
    out32(device + QUEUE_READY, 1);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    return 1;
}

/* One request, by polling; 0 is success (virtio 5.2.6). */
static int submit(uint32_t type, uint64_t sector, void *buffer, uint32_t bytes)
{
    unsigned n = 0;
    uint16_t before = used.index;
    request = (struct request){type, 0, sector};
    result = 0xff;
    descriptors[n] = (struct descriptor){(uintptr_t)&request, sizeof request, DESC_NEXT, 1};
    n++;
    if (bytes) {
        uint16_t flags = DESC_NEXT | (type == BLK_T_IN ? DESC_WRITE : 0);
        descriptors[n] = (struct descriptor){(uintptr_t)buffer, bytes, flags, 2};
        n++;
    }
    descriptors[n] = (struct descriptor){(uintptr_t)&result, 1, DESC_WRITE, 0};
    available.ring[available.index % ENTRIES] = 0;
    __asm__ volatile("fence rw, rw" ::: "memory");
    available.index++;
    __asm__ volatile("fence rw, rw" ::: "memory");
    out32(device + QUEUE_NOTIFY, 0);
    while (used.index == before)
        ;
    __asm__ volatile("fence r, rw" ::: "memory");
    out32(device + INTERRUPT_ACK, in32(device + INTERRUPT_STATUS));
    return result;
}

static int verify(uint64_t generation)
{
    memset(data, 0, sizeof data);
    if (submit(BLK_T_IN, 0, data, sizeof data))
        return 0;
    for (unsigned i = 0; i < sizeof data / 8; i++)
        if (data[i] != (generation << 32 | i))
            return 0;
    return 1;
}

static uint64_t option(const char *arguments)
{
    static const char name[] = "generations=";
    for (const char *p = arguments; *p; p++)
        if (!strncmp(p, name, sizeof name - 1)) {
            uint64_t v = 0;
            for (p += sizeof name - 1; *p >= '0' && *p <= '9'; p++)
                v = v * 10 + (uint64_t)(*p - '0');
            return v;
        }
    return ~0ul;
}

int main(uint64_t hart, const void *dtb)
{
    (void)hart;
    console_init();
    if (!find() || !start()) {
        print("disk: no virtio disk\n");
        return 2;
    }
    uint64_t last = option(fdt_bootargs(dtb));
    print("disk: %lu sectors\n", (uint64_t)in32(device + CONFIG) | (uint64_t)in32(device + CONFIG + 4) << 32);
    for (uint64_t generation = 1; generation <= last; generation++) {
        for (unsigned i = 0; i < sizeof data / 8; i++)
            data[i] = generation << 32 | i;
        if (submit(BLK_T_OUT, 0, data, sizeof data) || submit(BLK_T_FLUSH, 0, 0, 0)) {
            print("disk: write failed\n");
            return 1;
        }
        print("flushed %lu\n", generation);
        if (generation % 16 == 0 && !verify(generation)) {
            print("disk: read back differs\n");
            return 1;
        }
    }
    print("disk: %s\n", verify(last) ? "verified" : "differs");
    return 0;
}
