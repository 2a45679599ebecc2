/*
 * Asks for the largest work that each interface of the hypervisor allows, again and again, for ever. Boot argument:
 * attack=NAME, one of the table at the end. Nothing of it breaks a rule, and nobody else must be late for it.
 */
#include "glutton.h"
#include "sbi.h"
#include "virtio_registers.h"

#define RAM 0x80000000ul
#define RTC 0x00101000ul
#define WATCHDOG 0x00102000ul
#define FW_CFG_DMA 0x10100010ul

#define NETWORK 1
#define BLOCK 2
#define CONSOLE 3
#define ENTROPY 4
#define BALLOON 5
#define FOLDER 9
#define DISPLAY 16
#define STREAMS 19
#define F_INDIRECT (1u << 28)
#define F_STATISTICS (1u << 1)
#define F_REPORTING (1u << 5)
#define F_BLOCK_FLUSH (1u << 9)
#define F_ZEROES (1u << 14)
#define F_NET_COMMANDS (1u << 17)
#define F_STREAMS (1u << 0)

#define LONGEST 1024 /* descriptors of a chain */
#define ENTRIES 256  /* of the largest ring that any device has */
#define MOST_BYTES 0xfffffffful /* of a chain */

#define SBI_BASE 0x10
#define SBI_IPI 0x735049
#define SBI_RFENCE 0x52464e43
#define SBI_HSM 0x48534d
#define SBI_DBCN 0x4442434e
#define SBI_PMU 0x504d55

static struct descriptor ring[ENTRIES] __attribute__((aligned(16)));
static struct descriptor table[LONGEST] __attribute__((aligned(16)));
static struct {
    uint16_t flags, index, ring[ENTRIES], used_event;
} available __attribute__((aligned(2)));
static volatile struct {
    uint16_t flags, index;
    uint64_t ring[ENTRIES];
    uint16_t avail_event;
} used __attribute__((aligned(4)));
static struct {
    uint32_t type, reserved;
    uint64_t sector;
} request;
static volatile uint8_t result;
static const struct {
    uint32_t size;
    uint8_t type;
    uint16_t tag;
    uint32_t most;
    uint16_t length;
    char version[8];
} __attribute__((packed)) greeting = {21, 100, 0xffff, 1u << 30, 8, {'9', 'P', '2', '0', '0', '0', '.', 'L'}};
static struct {
    uint32_t size;
    uint8_t type;
    uint16_t tag;
    uint32_t fid;
    uint64_t offset;
    uint32_t count;
} __attribute__((packed)) message;
static struct descriptor begin[2] __attribute__((aligned(16)));
static uint32_t pages[4096];
static uint64_t ram_end;
static uintptr_t device;

static void put64(unsigned offset, const volatile void *p)
{
    out32(device + offset, (uint32_t)(uintptr_t)p);
    out32(device + offset + 4, (uint32_t)((uintptr_t)p >> 32));
}

uint64_t large(void)
{
    return RAM + (ram_end - RAM) / 2;
}

uint64_t large_size(void)
{
    return (ram_end - RAM) / 2;
}

/* Resets the device of that kind, and agrees on features. */
static void begin_driver(uint32_t id, uint32_t features)
{
    device = 0;
    for (unsigned n = 0; n < SLOTS; n++)
        if (in32(SLOT(n) + DEVICE_ID) == id)
            device = SLOT(n);
    if (!device)
        panic("no virtio device %u", id);
    out32(device + STATUS, 0);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER);
    out32(device + DRIVER_FEATURES_SELECT, 0);
    out32(device + DRIVER_FEATURES, features | F_INDIRECT);
    out32(device + DRIVER_FEATURES_SELECT, 1);
    out32(device + DRIVER_FEATURES, 1);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
}

/* Sets a queue up as large as it can be; returns its size. */
static unsigned set_up(unsigned queue, struct descriptor *descriptors, void *driver_area, volatile void *device_area)
{
    out32(device + QUEUE_SELECT, queue);
    unsigned size = in32(device + QUEUE_SIZE_MAX);
    out32(device + QUEUE_SIZE, size);
    put64(QUEUE_DESC_LOW, descriptors);
    put64(QUEUE_DRIVER_LOW, driver_area);
    put64(QUEUE_DEVICE_LOW, device_area);
    out32(device + QUEUE_READY, 1);
    return size;
}

/* Resets the device of that kind and sets one of its queues up; returns its size. */
static unsigned driver(uint32_t id, uint32_t features, unsigned queue)
{
    begin_driver(id, features);
    available.index = 0;
    used.index = 0;
    unsigned size = set_up(queue, ring, &available, &used);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    return size;
}

/* Makes the table the longest chain of one buffer; returns how many descriptors that takes. */
static unsigned chain(uint64_t address, uint64_t length, uint16_t flags)
{
    uint64_t count = length ? MOST_BYTES / length : LONGEST;
    if (count > LONGEST - 1)
        count = LONGEST - 1;
    for (unsigned i = 0; i < count; i++)
        table[i] = (struct descriptor){address, (uint32_t)length, (uint16_t)(flags | DESC_NEXT), (uint16_t)(i + 1)};
    table[count - 1].flags = flags;
    return (unsigned)count;
}

/* Offers the table in every entry of the ring. */
static void offer_all(unsigned descriptors, unsigned size)
{
    ring[0] = (struct descriptor){(uintptr_t)table, descriptors * sizeof *table, DESC_INDIRECT, 0};
    for (unsigned i = 0; i < size; i++)
        available.ring[i] = 0;
    __asm__ volatile("fence" ::: "memory");
    available.index = (uint16_t)(available.index + size);
    __asm__ volatile("fence" ::: "memory");
}

static void flood(uint32_t id, uint32_t features, unsigned queue, uint64_t length, uint16_t flags)
{
    unsigned size = driver(id, features, queue);
    unsigned descriptors = chain(large(), length, flags);
    for (;;) {
        offer_all(descriptors, size);
        out32(device + QUEUE_NOTIFY, queue);
    }
}

static void console(void) { flood(CONSOLE, 0, 1, large_size(), 0); }
static void console_bytes(void) { flood(CONSOLE, 0, 1, 1, 0); }
static void console_input(void) { flood(CONSOLE, 0, 0, 1, DESC_WRITE); }
static void emergency(void)
{
    driver(CONSOLE, 0, 1);
    for (;;)
        out32(device + CONFIG + 8, 'x');
}

static void entropy(void) { flood(ENTROPY, 0, 0, large_size(), DESC_WRITE); }
static void entropy_bytes(void) { flood(ENTROPY, 0, 0, 1, DESC_WRITE); }

static void inflate(void)
{
    for (unsigned i = 0; i < sizeof pages / sizeof *pages; i++) /* no two neighbours, all in the free half */
        pages[i] = (uint32_t)(large() >> 12) + i * 2 % (uint32_t)(large_size() >> 12);
    unsigned size = driver(BALLOON, 0, 0);
    unsigned descriptors = chain((uintptr_t)pages, sizeof pages, 0);
    if (descriptors > 32)
        descriptors = 32; /* a request of more than 512 KiB breaks a rule */
    table[descriptors - 1].flags = 0;
    for (;;) {
        offer_all(descriptors, size);
        out32(device + QUEUE_NOTIFY, 0);
    }
}

static void deflate(void) { flood(BALLOON, 0, 1, 4096, 0); }
static void statistics(void) { flood(BALLOON, F_STATISTICS, 2, 4096, 0); }
static void reporting(void) { flood(BALLOON, F_REPORTING, 2, large_size(), DESC_WRITE); }

/* The largest request of that type, and what `interrupt` does while it is in flight. */
static void disk(uint32_t type, void (*interrupt)(void))
{
    for (;;) {
        driver(BLOCK, F_BLOCK_FLUSH | F_ZEROES, 0);
        request.type = type;
        request.sector = 0;
        uint64_t length = large_size() & ~511ul;
        unsigned data = (unsigned)((MOST_BYTES - 1024) / length);
        if (data > LONGEST - 2)
            data = LONGEST - 2;
        uint16_t write = type == 0 ? DESC_WRITE : 0;
        table[0] = (struct descriptor){(uintptr_t)&request, sizeof request, DESC_NEXT, 1};
        for (unsigned i = 1; i <= data; i++)
            table[i] = (struct descriptor){large(), (uint32_t)length, write | DESC_NEXT, (uint16_t)(i + 1)};
        table[data + 1] = (struct descriptor){(uintptr_t)&result, 1, DESC_WRITE, 0};
        offer_all(data + 2, 4);
        out32(device + QUEUE_NOTIFY, 0);
        interrupt();
    }
}

static void reset(void)
{
    out32(device + STATUS, 0);
    if (in32(device + STATUS))
        panic("a reset is not complete");
}

static void take_away(void)
{
    out32(device + QUEUE_SELECT, 0);
    out32(device + QUEUE_READY, 0);
    if (in32(device + QUEUE_READY))
        panic("a queue that was taken away is ready");
}

static void read_and_reset(void) { disk(0, reset); }
static void write_and_reset(void) { disk(1, reset); }
static void read_and_take_away(void) { disk(0, take_away); }

/* As long a transfer as can be described: behind the four bytes of the signature come zeroes. */
static void firmware(void)
{
    static volatile struct {
        uint32_t control, length;
        uint64_t address;
    } access;
    for (;;) {
        access.length = 0xffffffff;
        access.address = big64(large());
        access.control = 0x0a000000;
        __asm__ volatile("fence" ::: "memory");
        *(volatile uint64_t *)FW_CFG_DMA = big64((uintptr_t)&access);
    }
}

/* The longest messages of 9P in the most pieces, after the one that agrees on their length; then a reset. */
static void folder_and_reset(void)
{
    enum { PIECE = 512, PIECES = 510 };
    for (;;) {
        unsigned size = driver(FOLDER, 0, 0);
        begin[0] = (struct descriptor){(uintptr_t)&greeting, sizeof greeting, DESC_NEXT, 1};
        begin[1] = (struct descriptor){large(), PIECE, DESC_WRITE, 0};
        message.count = PIECE * PIECES;
        message.size = (uint32_t)sizeof message + message.count;
        message.type = 118; /* a write, to a file that is not open */
        table[0] = (struct descriptor){(uintptr_t)&message, sizeof message, DESC_NEXT, 1};
        for (unsigned i = 1; i < LONGEST; i++) {
            uint16_t write = i > PIECES ? DESC_WRITE : 0;
            table[i] = (struct descriptor){large() + i * PIECE, PIECE, write | DESC_NEXT, (uint16_t)(i + 1)};
        }
        table[LONGEST - 1].flags = DESC_WRITE;
        ring[0] = (struct descriptor){(uintptr_t)table, sizeof table, DESC_INDIRECT, 0};
        ring[1] = (struct descriptor){(uintptr_t)begin, sizeof begin, DESC_INDIRECT, 0};
        available.ring[0] = 1;
        for (unsigned i = 1; i < size; i++)
            available.ring[i] = 0;
        __asm__ volatile("fence" ::: "memory");
        available.index = (uint16_t)size;
        __asm__ volatile("fence" ::: "memory");
        out32(device + QUEUE_NOTIFY, 0);
        while (!used.index) /* until it has begun */
            ;
        reset();
    }
}

/* Frames in pieces of a byte. */
static void net_send(void) { flood(NETWORK, 0, 1, 1, 0); }

/* Room for frames in pieces of a byte, as soon as there is none left. */
static void net_receive(void)
{
    unsigned size = driver(NETWORK, 0, 0);
    unsigned descriptors = chain(large(), 1, DESC_WRITE);
    for (;;) {
        if (used.index == available.index)
            offer_all(descriptors, size);
        out32(device + QUEUE_NOTIFY, 0);
    }
}

/* Requests for streams that there are not, in pieces of a byte, and room for the answers in such pieces. */
static void streams(void)
{
    enum { HEADER = 44, REQUEST = 1, STREAM = 1 };
    static struct descriptor room[HEADER], room_ring[ENTRIES] __attribute__((aligned(16)));
    static struct {
        uint16_t flags, index, ring[ENTRIES];
    } room_available __attribute__((aligned(2)));
    static volatile struct {
        uint16_t flags, index;
        uint64_t ring[ENTRIES];
    } room_used __attribute__((aligned(4)));
    static struct {
        uint64_t source, target;
        uint32_t source_port, target_port, length;
        uint16_t type, operation;
        uint32_t flags, buffer, forwarded;
    } __attribute__((packed)) packet = {.target = 2, .target_port = 1, .type = STREAM, .operation = REQUEST};
    begin_driver(STREAMS, F_STREAMS);
    packet.source = in32(device + CONFIG);
    unsigned rooms = set_up(0, room_ring, &room_available, &room_used);
    unsigned size = set_up(1, ring, &available, &used);
    out32(device + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    for (unsigned i = 0; i < HEADER; i++) {
        uint16_t more = i < HEADER - 1 ? DESC_NEXT : 0;
        table[i] = (struct descriptor){(uintptr_t)&packet + i, 1, more, (uint16_t)(i + 1)};
        room[i] = (struct descriptor){large() + i, 1, DESC_WRITE | more, (uint16_t)(i + 1)};
    }
    room_ring[0] = (struct descriptor){(uintptr_t)room, sizeof room, DESC_INDIRECT, 0};
    for (;;) {
        if (room_used.index == room_available.index) {
            __asm__ volatile("fence" ::: "memory");
            room_available.index = (uint16_t)(room_available.index + rooms);
            __asm__ volatile("fence" ::: "memory");
        }
        if (used.index == available.index)
            offer_all(HEADER, size);
        out32(device + QUEUE_NOTIFY, 0);
        out32(device + QUEUE_NOTIFY, 1);
    }
}

/* A large picture with the most pieces of memory behind it: made, filled and given up again. */
static void pictures(void)
{
    enum { SIDE = 2048, PIECES = 16384, PART = 257, COMMANDS = 5 };
    static struct {
        uint32_t header[6], body[8];
    } command[COMMANDS] = {
        {{0x101}, {1, 2, SIDE, SIDE}},           /* a new picture */
        {{0x106}, {1, PIECES}},                  /* the memory behind it */
        {{0x105}, {0, 0, SIDE, SIDE, 0, 0, 1}},  /* all of it into the picture */
        {{0x107}, {1}},                          /* no memory */
        {{0x102}, {1}},                          /* no picture */
    };
    static const uint32_t body[COMMANDS] = {16, 8, 32, 8, 8};
    static struct descriptor two[COMMANDS][2];
    static uint8_t answer[24];
    struct {
        uint64_t address;
        uint32_t length, padding;
    } *list = (void *)(uintptr_t)large();
    unsigned size = driver(DISPLAY, 0, 0);
    for (unsigned i = 0; i < PIECES; i++) {
        list[i].address = large() + (1 << 20);
        list[i].length = 4096;
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        two[i][0] = (struct descriptor){(uintptr_t)&command[i], 24 + body[i], DESC_NEXT, 1};
        two[i][1] = (struct descriptor){(uintptr_t)answer, sizeof answer, DESC_WRITE, 0};
        ring[i] = (struct descriptor){(uintptr_t)two[i], sizeof two[i], DESC_INDIRECT, 0};
    }
    uint64_t left = PIECES * sizeof *list;
    table[0] = (struct descriptor){(uintptr_t)&command[1], 24 + body[1], DESC_NEXT, 1};
    for (unsigned i = 1; i < LONGEST - 1; i++) {
        uint64_t at = (uint64_t)(i - 1) * PART;
        uint64_t part = left - at < PART ? left - at : PART;
        table[i] = (struct descriptor){(uintptr_t)list + at, (uint32_t)part, DESC_NEXT, (uint16_t)(i + 1)};
    }
    table[LONGEST - 1] = two[1][1];
    ring[1] = (struct descriptor){(uintptr_t)table, sizeof table, DESC_INDIRECT, 0};
    for (unsigned i = 0; i < size; i++)
        available.ring[i] = (uint16_t)(i % COMMANDS);
    for (;;) {
        if (used.index == available.index && !(used.index % size)) {
            __asm__ volatile("fence" ::: "memory");
            available.index = (uint16_t)(available.index + size);
            __asm__ volatile("fence" ::: "memory");
        }
        out32(device + QUEUE_NOTIFY, 0);
    }
}

/* The longest command there is: both lists of addresses, full. */
static void net_commands(void)
{
    enum { LIST = 4 + 64 * 6, LENGTH = 2 + 2 * LIST };
    static uint8_t command[LENGTH] = {1, 0, [2] = 64, [2 + LIST] = 64};
    unsigned size = driver(NETWORK, F_NET_COMMANDS, 2);
    for (unsigned i = 0; i < LENGTH; i++)
        table[i] = (struct descriptor){(uintptr_t)&command[i], 1, DESC_NEXT, (uint16_t)(i + 1)};
    table[LENGTH] = (struct descriptor){(uintptr_t)&result, 1, DESC_WRITE, 0};
    for (;;) {
        offer_all(LENGTH + 1, size);
        out32(device + QUEUE_NOTIFY, 2);
    }
}

static void uart(void)
{
    for (;;)
        out8(UART, 'x');
}

static void uart_loop(void)
{
    out8(UART + 4, 0x10);
    for (;;) {
        out8(UART + 2, 0xc7);
        out8(UART + 1, 0xf);
        for (int i = 0; i < 32; i++)
            out8(UART, (uint8_t)i);
        in8(UART);
    }
}

static void interrupts(void)
{
    for (unsigned i = 1; i <= 96; i++)
        out32(PLIC + 4 * i, 7);
    for (unsigned context = 0; context < 16; context++)
        for (unsigned word = 0; word < 4; word++)
            out32(PLIC + 0x2000 + 0x80 * context + 4 * word, ~0u);
    for (uint32_t i = 0;; i++) {
        out32(PLIC + 4 * (1 + i % 96), i % 8);
        for (unsigned context = 0; context < 16; context++)
            out32(PLIC + 0x200004 + 0x1000 * context, in32(PLIC + 0x200004 + 0x1000 * context));
    }
}

static void alarms(void)
{
    out32(RTC + 0x10, 1);
    for (uint32_t i = 0;; i++) {
        uint32_t low = in32(RTC);
        out32(RTC + 0xc, in32(RTC + 4));
        out32(RTC + 8, low + (i & 1 ? 1000 : 1000000000));
        out32(WATCHDOG + 0x18, 0x16aa0001 | (i % 12) << 4);
        out32(WATCHDOG + 0x10, 0xa57 << 1 | 1);
    }
}

static void debug_console(void)
{
    for (;;) {
        sbi_call(SBI_DBCN, 0, large_size(), large(), 0);
        sbi_call(SBI_DBCN, 1, large_size(), large(), 0);
        sbi_call(SBI_DBCN, 2, 'x', 0, 0);
    }
}

static void counters(void)
{
    for (uint64_t event = 0;; event++) {
        for (uint64_t function = 0; function < 8; function++) {
            sbi_call(SBI_PMU, function, 0, ~0ul, 0);
            sbi_call(SBI_PMU, function, 0, (1ul << 19) - 1, 0);
            sbi_call(SBI_PMU, function, 0, ~2ul & ((1ul << 19) - 1), event & 7);
            sbi_call(SBI_PMU, function, event % 20, 1, 6);
        }
    }
}

static void fence(uint64_t function, uint64_t start, uint64_t size)
{
    register uint64_t a0 __asm__("a0") = 0;
    register uint64_t a1 __asm__("a1") = ~0ul; /* all harts */
    register uint64_t a2 __asm__("a2") = start;
    register uint64_t a3 __asm__("a3") = size;
    register uint64_t a4 __asm__("a4") = 1; /* address space */
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = SBI_RFENCE;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
}

/* Fences of everything, in each way to say so, and of as many pages as are fenced singly; interrupts to everybody. */
static void fences(void)
{
    for (;;) {
        for (uint64_t function = 0; function < 7; function++) {
            fence(function, 0, 0);
            fence(function, 0, ~0ul);
            fence(function, 0, 1ul << 62);
            fence(function, 0x7ffffffffffff000, 1);
            fence(function, 0x40000000, 64 * 4096 - 1);
        }
        sbi_call(SBI_IPI, 0, 0, ~0ul, 0);
        sbi_call(SBI_IPI, 0, 1, 0, 0);
    }
}

/* Every other call, and the oldest ones, whose numbers are in a7 alone. */
static void calls(void)
{
    for (uint64_t i = 0;; i++) {
        for (uint64_t function = 0; function < 8; function++)
            sbi_call(SBI_BASE, function, i, ~0ul, 0);
        for (uint64_t function = 0; function < 4; function++)
            if (function != 1) /* stops the hart */
                sbi_call(SBI_HSM, function, function == 3 ? 0x10000000 : i % 9, RAM, 0);
        sbi_call(SBI_TIME, SBI_TIME_SET, ~0ul, 0, 0);
        for (uint64_t old = 1; old < 6; old++)
            sbi_call(old, 0, 0, 0, 0);
        sbi_call(SBI_SRST, SBI_SRST_RESET, 0xffff, 0xffff, 0);
        sbi_call(0x12345678, i, ~0ul, ~0ul, ~0ul);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} attacks[] = {
    {"console", console},
    {"console-bytes", console_bytes},
    {"console-input", console_input},
    {"emergency", emergency},
    {"entropy", entropy},
    {"entropy-bytes", entropy_bytes},
    {"inflate", inflate},
    {"deflate", deflate},
    {"statistics", statistics},
    {"reporting", reporting},
    {"read-and-reset", read_and_reset},
    {"write-and-reset", write_and_reset},
    {"read-and-take-away", read_and_take_away},
    {"firmware", firmware},
    {"folder-and-reset", folder_and_reset},
    {"net-send", net_send},
    {"net-receive", net_receive},
    {"streams", streams},
    {"pictures", pictures},
    {"net-commands", net_commands},
    {"uart", uart},
    {"uart-loop", uart_loop},
    {"interrupts", interrupts},
    {"alarms", alarms},
    {"debug-console", debug_console},
    {"counters", counters},
    {"fences", fences},
    {"calls", calls},
    {"shadows", shadows},
    {"tables", tables},
};

void app_start(const void *dtb)
{
    const char *wanted = fdt_argument_text(dtb, "attack");
    struct fdt_device ram;
    if (!fdt_memory(dtb, &ram))
        panic("no memory");
    ram_end = ram.reg[0] + ram.reg[1];
    for (unsigned i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        size_t length = strlen(attacks[i].name);
        if (wanted && !strncmp(wanted, attacks[i].name, length) && (!wanted[length] || wanted[length] == ' ')) {
            print("glutton: %s\n", attacks[i].name);
            attacks[i].run();
        }
    }
    panic("attack= names none of the attacks");
}
