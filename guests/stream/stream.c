/*
 * Connects its standard input and output with a stream of AF_VSOCK, until both have ended:
 * stream connect CONTEXT PORT, or stream listen PORT, for the one that connects first.
 */
#include "linux.h"

const char program[] = "stream";

#define SYS_SOCKET 198
#define SYS_BIND 200
#define SYS_LISTEN 201
#define SYS_ACCEPT 202
#define SYS_CONNECT 203
#define SYS_SHUTDOWN 210

#define AF_VSOCK 40
#define SOCK_STREAM 1
#define ANY 0xffffffffu
#define SHUT_WR 1
#define POLLIN 1

struct address { /* <linux/vm_sockets.h> */
    uint16_t family, reserved;
    uint32_t port, context;
    uint8_t flags, zero[3];
};

struct pollfd {
    int32_t fd;
    int16_t events, revents;
};

static long must(long result, const char *what)
{
    if (result < 0)
        fail("%s: error %ld", what, -result);
    return result;
}

static uint32_t number(const char *text)
{
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint32_t)(*text - '0');
    if (*text)
        fail("'%s' is not a number", text);
    return value;
}

/* Moves what there is; false at the end. */
static int move(int from, int to)
{
    static char bytes[65536];
    long got = must(system_call(SYS_READ, from, bytes, sizeof bytes), "read");
    for (long done = 0; done < got;)
        done += must(system_call(SYS_WRITE, to, bytes + done, got - done), "write");
    return got > 0;
}

static void relay(int stream)
{
    struct pollfd both[] = {{0, POLLIN, 0}, {stream, POLLIN, 0}};
    while (both[0].fd >= 0 || both[1].fd >= 0) {
        must(system_call(SYS_PPOLL, both, 2, 0, 0, 8), "poll");
        if (both[0].fd >= 0 && both[0].revents && !move(0, stream)) {
            both[0].fd = -1;
            system_call(SYS_SHUTDOWN, stream, SHUT_WR); /* the other side may be gone already */
        }
        if (both[1].fd >= 0 && both[1].revents && !move(stream, 1))
            both[1].fd = -1;
    }
}

int run(int argc, char **argv)
{
    int listens = argc == 3 && !strncmp(argv[1], "listen", 7);
    if (!listens && (argc != 4 || strncmp(argv[1], "connect", 8)))
        fail("usage: stream connect CONTEXT PORT, or stream listen PORT");
    struct address at = {
        .family = AF_VSOCK,
        .port = number(argv[argc - 1]),
        .context = listens ? ANY : number(argv[2]),
    };
    long stream = must(system_call(SYS_SOCKET, AF_VSOCK, SOCK_STREAM, 0), "socket");
    if (listens) {
        must(system_call(SYS_BIND, stream, &at, sizeof at), "bind");
        must(system_call(SYS_LISTEN, stream, 1), "listen");
        print("listening\n");
        flush();
        stream = must(system_call(SYS_ACCEPT, stream, 0, 0), "accept");
    } else {
        must(system_call(SYS_CONNECT, stream, &at, sizeof at), "connect");
    }
    relay((int)stream);
    return 0;
}
