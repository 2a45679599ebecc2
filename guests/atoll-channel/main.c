/* The user's tool for channels on Linux; needs no library, no module and no driver beyond a stock kernel's. */
#include "commands.h"

#define LINE 16

const char program[] = "atoll-channel";

static void usage(void)
{
    print("atoll-channel list                           channels of this machine\n"
          "atoll-channel read NAME [OFFSET [LENGTH]]    shows bytes of the window\n"
          "atoll-channel write NAME OFFSET TEXT         puts text into the window\n"
          "atoll-channel ring NAME BITS                 rings the other end\n"
          "atoll-channel wait NAME [SECONDS]            waits until the other end rings, and shows the bits\n"
          "atoll-channel show NAME [COUNT]              speed and fuel, as the cluster publishes them\n"
          "atoll-channel ask NAME CHALLENGE             has the secure element answer a challenge\n"
          "atoll-channel verify NAME CHALLENGE MAC      has it verify an answer\n");
}

/* Decimal, or hexadecimal behind 0x. */
static unsigned long number(const char *text)
{
    unsigned long v = 0;
    const char *p = text;
    int base = p[0] == '0' && p[1] == 'x' ? 16 : 10;
    for (p += base == 16 ? 2 : 0; *p; p++) {
        int d = *p >= '0' && *p <= '9' ? *p - '0' : *p >= 'a' && *p <= 'f' ? *p - 'a' + 10 : 99;
        if (d >= base)
            fail("'%s' is no number", text);
        v = v * (unsigned long)base + (unsigned long)d;
    }
    return v;
}

static int list_one(struct endpoint *e, void *unused)
{
    (void)unused;
    endpoint_map(e);
    uint32_t status = endpoint_get(e, CHANNEL_STATUS);
    print("%s  %lu bytes at 0x%lx, %s, the other end is %s\n", e->name, e->window_size, e->window_at,
          status & CHANNEL_STATUS_READ_ONLY ? "read-only" : "writable",
          status & CHANNEL_STATUS_PEER_UP ? "up" : "down");
    return 0;
}

static int dump(const struct endpoint *e, unsigned long from, unsigned long length)
{
    if (from > e->window_size || length > e->window_size - from)
        fail("bytes %lu to %lu are not in a window of %lu", from, from + length, e->window_size);
    for (unsigned long at = from; at < from + length; at += LINE) {
        unsigned long end = at + LINE < from + length ? at + LINE : from + length;
        print("%06lx ", at);
        for (unsigned long i = at; i < end; i++)
            print(" %02x", e->window[i]);
        print("  ");
        for (unsigned long i = at; i < end; i++)
            put(e->window[i] >= ' ' && e->window[i] < 127 ? (char)e->window[i] : '.');
        print("\n");
    }
    return 0;
}

static int write_text(const struct endpoint *e, unsigned long at, const char *text)
{
    size_t n = strlen(text);
    if (!endpoint_writable(e))
        fail("channel %s is read-only on this side", e->name);
    if (at > e->window_size || n > e->window_size - at)
        fail("%lu bytes at %lu are not in a window of %lu", n, at, e->window_size);
    for (size_t i = 0; i < n; i++)
        e->window[at + i] = (uint8_t)text[i];
    return 0;
}

static int wait_for_ring(struct endpoint *e, const char *seconds)
{
    uint32_t bits = endpoint_wait(e, seconds ? (long)number(seconds) * 1000 : -1);
    if (bits)
        print("0x%x\n", bits);
    return !bits;
}

/* With argv[2] a channel's name; later arguments are null if they are not there. */
static int command(const char *verb, struct endpoint *e, int count, char **a)
{
    const char *third = count > 3 ? a[3] : 0, *fourth = count > 4 ? a[4] : 0;
    if (!strcmp(verb, "read"))
        return dump(e, third ? number(third) : 0, fourth ? number(fourth) : 64);
    if (!strcmp(verb, "wait"))
        return wait_for_ring(e, third);
    if (!strcmp(verb, "show"))
        return show_vehicle(e, third ? number(third) : 1);
    if (!strcmp(verb, "write") && fourth)
        return write_text(e, number(third), fourth);
    if (!strcmp(verb, "ask") && third)
        return ask_vault(e, third, 0);
    if (!strcmp(verb, "verify") && fourth)
        return ask_vault(e, third, fourth);
    if (!strcmp(verb, "ring") && third) {
        endpoint_ring(e, (uint32_t)number(third));
        return 0;
    }
    usage();
    return 2;
}

int run(int count, char **a)
{
    if (count == 2 && !strcmp(a[1], "list"))
        return each_endpoint(list_one, 0);
    if (count < 3) {
        usage();
        return 2;
    }
    struct endpoint e;
    endpoint_open(&e, a[2]);
    return command(a[1], &e, count, a);
}
