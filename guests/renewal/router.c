/*
 * Asks routers what they advertise (RFC 4861). The kernel hears the answer as well and does what is to be done, but forgets
 * nothing of what another network's router has told it.
 */
#include "network.h"

#define ICMPV6 58l
#define FILTER 1l
#define SOL_IPV6 41l
#define MULTICAST_HOPS 18l
#define SOLICITATION 133
#define ADVERTISEMENT 134
#define HEADER 16 /* of an advertisement */
#define PREFIX 3 /* an option */
#define UNIT 8 /* bytes that options are counted in, and bytes of a prefix that an interface completes */
#define PERMANENT 0x80 /* addresses that nobody has advertised: IFA_F_PERMANENT */
#define SO_BINDTODEVICE 25l

struct address { /* sockaddr_in6 */
    uint16_t family, port;
    uint32_t flow;
    uint8_t host[16];
    uint32_t scope;
};

int router_open(const struct interface *on)
{
    static const int hops = 255; /* routers hear no others */
    uint32_t filter[8];
    memset(filter, 0xff, sizeof filter);
    filter[ADVERTISEMENT / 32] &= ~(1u << ADVERTISEMENT % 32);
    int socket = (int)system_call(SYS_SOCKET, AF_INET6, SOCK_RAW | SOCK_CLOEXEC, ICMPV6);
    system_call(SYS_SETSOCKOPT, socket, ICMPV6, FILTER, filter, sizeof filter);
    system_call(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_BINDTODEVICE, on->name, (long)NAME);
    system_call(SYS_SETSOCKOPT, socket, SOL_IPV6, MULTICAST_HOPS, &hops, sizeof hops);
    return socket;
}

void router_ask(int socket, const struct interface *on)
{
    struct address routers = {.family = AF_INET6, .host = {0xff, 2}, .scope = (uint32_t)on->index};
    uint8_t message[UNIT + UNIT] = {SOLICITATION}; /* the kernel adds the sum */
    routers.host[15] = 2;
    message[UNIT] = message[UNIT + 1] = 1; /* who asks, in one unit */
    memcpy(message + UNIT + 2, on->hardware, HARDWARE);
    system_call(SYS_SENDTO, socket, message, sizeof message, 0l, &routers, sizeof routers);
}

static int is_told(const uint8_t *told, long size, const uint8_t *prefix)
{
    for (long at = HEADER; at + 4 * UNIT <= size && told[at + 1] > 0; at += told[at + 1] * UNIT)
        if (told[at] == PREFIX && !memcmp(told + at + 2 * UNIT, prefix, UNIT))
            return 1;
    return 0;
}

struct search {
    const struct interface *on;
    const uint8_t *told;
    long size;
    int found;
};

/* A line of /proc/net/if_inet6: address, interface's number, length, scope, flags, interface. */
static void look(char *line, void *argument)
{
    struct search *search = argument;
    const char *address = word(&line);
    word(&line), word(&line), word(&line);
    const char *flags = word(&line);
    if (strcmp(word(&line), search->on->name) || number(&flags, 16) & PERMANENT)
        return;
    uint8_t prefix[UNIT];
    for (int n = 0; n < UNIT; n++, address += 2) {
        const char digits[] = {address[0], address[1], 0}, *at = digits;
        prefix[n] = (uint8_t)number(&at, 16);
    }
    search->found |= !is_told(search->told, search->size, prefix);
}

int router_has_other(const struct interface *on, const uint8_t *told, long size)
{
    struct search search = {on, told, size, 0};
    each_line("/proc/net/if_inet6", look, &search);
    return search.found;
}

enum answer router_answer(int socket, const struct interface *on)
{
    static uint8_t message[1500];
    struct address from = {0};
    uint32_t room = sizeof from;
    long size = system_call(SYS_RECVFROM, socket, message, sizeof message, 0l, &from, &room);
    /* Of a router of this link only: its own address there (fe80::/10). What is otherwise the kernel drops as well. */
    if (size < HEADER || message[1] != 0 || from.host[0] != 0xfe || (from.host[1] & 0xc0) != 0x80)
        return NONE;
    return router_has_other(on, message, size) ? OTHER : SAME;
}
