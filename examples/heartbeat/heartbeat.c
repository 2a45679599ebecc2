/*
 * A bare-metal program that ticks ten times a second: docs/tutorials/bare-metal-beside-linux.md explains it line by
 * line. It needs no library and no header; Atoll enters it in supervisor mode, as it would a kernel.
 */
typedef unsigned int u32;
typedef unsigned long u64;

/* Where the first channel of a VM is (docs/channels.md): its registers, and the memory that it shares. */
#define CHANNEL 0x04000000ul
#define CHANNEL_RING 7 /* words from CHANNEL */
#define WINDOW 0x06000000ul

#define TICKS_PER_SECOND 10000000ul /* of `time`; the device tree says so, too */

/* Asks the hypervisor: extension, function, and two arguments (SBI, chapter 3). */
static long sbi(long extension, long function, u64 first, u64 second)
{
    register u64 a0 __asm__("a0") = first;
    register u64 a1 __asm__("a1") = second;
    register u64 a2 __asm__("a2") = 0;
    register long a6 __asm__("a6") = function;
    register long a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (long)a0;
}

/* Debug console, write: how many bytes, and where they are. */
static void print(const char *text)
{
    u64 length = 0;
    while (text[length])
        length++;
    sbi(0x4442434e, 0, length, (u64)text);
}

static u64 now(void)
{
    u64 time;
    __asm__ volatile("rdtime %0" : "=r"(time));
    return time;
}

/* Whether the device tree names something: good enough to know that a device is there before touching it. */
static int mentions(const unsigned char *tree, const char *what)
{
    u32 size = (u32)tree[4] << 24 | tree[5] << 16 | tree[6] << 8 | tree[7];
    for (u32 at = 0; at < size; at++) {
        u32 n = 0;
        while (what[n] && at + n < size && tree[at + n] == (unsigned char)what[n])
            n++;
        if (!what[n])
            return 1;
    }
    return 0;
}

/* Sleeps until a moment: sets the timer, and waits for its interrupt without taking a trap for it. */
static void sleep_until(u64 moment)
{
    sbi(0x54494d45, 0, moment, 0);
    while (now() < moment)
        __asm__ volatile("wfi");
}

void heartbeat(u64 hart, const unsigned char *tree)
{
    volatile u32 *channel = (volatile u32 *)CHANNEL;
    volatile u32 *beats = (volatile u32 *)WINDOW;
    (void)hart;
    __asm__ volatile("csrw sie, %0" ::"r"(1ul << 5)); /* the timer may end a wfi */
    print("heartbeat: I am here\n");
    int connected = mentions(tree, "atoll,channel");
    if (connected)
        print("heartbeat: and I publish my beats in the channel\n");
    u64 next = now();
    for (u32 n = 1;; n++) {
        next += TICKS_PER_SECOND / 10;
        sleep_until(next);
        if (n % 50 == 0)
            print("heartbeat: five seconds more\n");
        if (connected) {
            *beats = n;
            __asm__ volatile("fence w, o"); /* the number is there before the bell rings */
            channel[CHANNEL_RING] = 1;
        }
    }
}
