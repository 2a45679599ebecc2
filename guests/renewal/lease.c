/*
 * Asks whoever has given an address by DHCP whether it is still given (RFC 2131, a client that rebinds): a broadcast, for which
 * nobody's hardware address has to be known.
 */
#include "network.h"

#define SO_REUSEADDR 2l
#define SO_BROADCAST 6l
#define SO_BINDTODEVICE 25l

#define CLIENT 68
#define SERVER 67
#define COOKIE 0x63825363u
#define REQUEST 3
#define ACK 5
#define NAK 6

enum option { MASK = 1, ROUTER = 3, SERVERS = 6, TYPE = 53, WANTED = 55, MOST = 57, IDENTITY = 61, END = 255 };

struct address { /* sockaddr_in */
    uint16_t family;
    uint8_t port[2], host[4], zero[8];
};

static struct message {
    uint8_t operation, hardware_type, hardware_size, hops, id[4], seconds[2], flags[2];
    uint8_t client[4], yours[4], server[4], relay[4], hardware[16], name[64], file[128], cookie[4];
    uint8_t options[336];
} asked, heard;

static const uint8_t cookie[] = {COOKIE >> 24, COOKIE >> 16 & 0xff, COOKIE >> 8 & 0xff, COOKIE & 0xff};

int lease_open(const struct interface *on)
{
    static const int yes = 1;
    static const struct address any = {.family = AF_INET, .port = {0, CLIENT}};
    int socket = (int)system_call(SYS_SOCKET, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0l);
    system_call(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_BINDTODEVICE, on->name, (long)NAME);
    /* The client may want the port meanwhile, and ends if it does not get it. */
    system_call(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    system_call(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
    system_call(SYS_BIND, socket, &any, sizeof any);
    return socket;
}

void lease_ask(int socket, const struct interface *on, const char *known)
{
    static const struct address all = {.family = AF_INET, .port = {0, SERVER}, .host = {255, 255, 255, 255}};
    /* As udhcpc, whose lease it is: some servers tell clients apart by their identity. */
    const uint8_t options[] = {TYPE, 1, REQUEST, WANTED, 3, MASK, ROUTER, SERVERS, MOST, 2, 2, 64, IDENTITY, 1 + HARDWARE, 1};
    memset(&asked, 0, sizeof asked);
    asked.operation = asked.hardware_type = 1;
    asked.hardware_size = HARDWARE;
    system_call(SYS_GETRANDOM, asked.id, sizeof asked.id, 0l);
    for (int n = 0; n < 4; n++, known++)
        asked.client[n] = (uint8_t)number(&known, 10);
    memcpy(asked.hardware, on->hardware, HARDWARE);
    memcpy(asked.cookie, cookie, sizeof cookie);
    memcpy(asked.options, options, sizeof options);
    memcpy(asked.options + sizeof options, on->hardware, HARDWARE);
    asked.options[sizeof options + HARDWARE] = END;
    system_call(SYS_SENDTO, socket, &asked, sizeof asked, 0l, &all, sizeof all);
}

/* An option's bytes, of which the first is their number; a zero if it is not there. */
static const uint8_t *find(enum option wanted, long size)
{
    static const uint8_t none;
    const uint8_t *at = heard.options, *end = (const uint8_t *)&heard + size;
    while (end - at > 1 && *at != END) {
        if (*at == 0) {
            at++;
            continue;
        }
        if (at[1] > end - at - 2)
            break;
        if (*at == wanted)
            return at + 1;
        at += 2 + at[1];
    }
    return &none;
}

/* Addresses, with blanks in between. */
static void tell(char **to, const uint8_t *addresses, unsigned size)
{
    for (unsigned n = 0; n + 4 <= size; n += 4)
        for (int part = 0; part < 4; part++) {
            unsigned value = addresses[n + (unsigned)part];
            if (value >= 100)
                *(*to)++ = (char)('0' + value / 100);
            if (value >= 10)
                *(*to)++ = (char)('0' + value / 10 % 10);
            *(*to)++ = (char)('0' + value % 10);
            if (part < 3 || n + 8 <= size)
                *(*to)++ = part < 3 ? '.' : ' ';
        }
}

/* What was given now, as the script would keep it. */
static void describe(char *to, long size)
{
    const uint8_t *mask = find(MASK, size), *router = find(ROUTER, size), *servers = find(SERVERS, size);
    unsigned length = *mask == 4 ? 0 : 24;
    for (int bit = 0; *mask == 4 && bit < 32; bit++)
        length += mask[1 + bit / 8] >> (7 - bit % 8) & 1;
    tell(&to, heard.yours, sizeof heard.yours);
    *to++ = '/';
    if (length >= 10)
        *to++ = (char)('0' + length / 10);
    *to++ = (char)('0' + length % 10);
    *to++ = ' ';
    tell(&to, router + 1, *router);
    *to++ = ' ';
    tell(&to, servers + 1, *servers);
    *to++ = '\n';
    *to = 0;
}

enum answer lease_answer(int socket, const char *known)
{
    static char now[32 + 2 * 4 * 256];
    long size = system_call(SYS_READ, socket, &heard, sizeof heard);
    if (size < (long)offsetof(struct message, options) || heard.operation != 2 || memcmp(heard.id, asked.id, sizeof asked.id) ||
        memcmp(heard.cookie, cookie, sizeof cookie))
        return NONE;
    const uint8_t *type = find(TYPE, size);
    if (type[0] != 1 || (type[1] != ACK && type[1] != NAK))
        return NONE;
    describe(now, size);
    return type[1] == ACK && !strcmp(now, known) ? SAME : OTHER;
}
