/*
 * Runs commands and moves files for the program that has this guest's VM as a library: docs/library.md. It listens on AF_VSOCK, so
 * that consoles are the guest's alone, and goes into the background once it does. Each connection is one request, and has a process of
 * its own. Whoever closes the connection ends what was asked for.
 *
 * A request is one byte and its words, an answer is frames of a byte and a length of 32 bits; numbers are little-endian:
 *   R u32 length, command                    frames 'o' and 'e' with output and errors, then 'x' u32 exit code
 *   P u32 length, path, u32 mode, u64 size, content     'x' u32 0, or 'f' u32 error number
 *   G u32 length, path                       frames 'd' with content, then 'x' u32 0; or 'f' u32 error number
 */
#include "linux.h"

const char program[] = "atoll-agent";

#define SYS_CHDIR 49
#define SYS_FCHMOD 52
#define SYS_PIPE2 59
#define SYS_DUP3 24
#define SYS_KILL 129
#define SYS_RT_SIGACTION 134
#define SYS_SETSID 157
#define SYS_SOCKET 198
#define SYS_BIND 200
#define SYS_LISTEN 201
#define SYS_ACCEPT4 242
#define SYS_CLONE 220
#define SYS_EXECVE 221
#define SYS_WAIT4 260
#define SYS_PIDFD_OPEN 434

#define AF_VSOCK 40
#define SOCK_STREAM 1
#define SOCK_CLOEXEC O_CLOEXEC
#define ANY 0xffffffffu
#define PORT 7766
#define SIGCHLD 17
#define SIGKILL 9
#define SIGPIPE 13
#define SIG_DFL 0
#define SIG_IGN 1
#define WNOHANG 1
#define POLLIN 1
#define O_WRONLY 1
#define O_CREAT 0100
#define O_TRUNC 01000
#define AT_FDCWD (-100)

struct address { /* <linux/vm_sockets.h> */
    uint16_t family, reserved;
    uint32_t port, context;
    uint8_t flags, zero[3];
};

struct pollfd {
    int32_t fd;
    int16_t events, revents;
};

static char bytes[65536];
static char **environment;
static long running; /* the command, which does not go on without the one who has asked for it */

static void leave(int code)
{
    flush();
    if (running > 0 && code != 0)
        system_call(SYS_KILL, -running, SIGKILL);
    system_call(SYS_EXIT, (long)code);
    __builtin_unreachable();
}

static void read_all(int from, void *to, size_t size)
{
    for (size_t done = 0; done < size;) {
        long got = system_call(SYS_READ, from, (char *)to + done, size - done);
        if (got <= 0)
            leave(1); /* the other side has gone */
        done += (size_t)got;
    }
}

static void write_all(int to, const void *from, size_t size)
{
    for (size_t done = 0; done < size;) {
        long put = system_call(SYS_WRITE, to, (const char *)from + done, size - done);
        if (put <= 0)
            leave(1);
        done += (size_t)put;
    }
}

static void frame(int stream, char kind, const void *content, uint32_t size)
{
    char head[5] = {kind, (char)size, (char)(size >> 8), (char)(size >> 16), (char)(size >> 24)};
    write_all(stream, head, sizeof head);
    write_all(stream, content, size);
}

static void answer(int stream, char kind, uint32_t number)
{
    frame(stream, kind, &number, sizeof number);
}

static uint32_t read_word(int stream)
{
    uint32_t word;
    read_all(stream, &word, sizeof word);
    return word;
}

/* A text with its length before it, in memory of its own. */
static char *read_text(int stream)
{
    uint32_t size = read_word(stream);
    long at = system_call(SYS_MMAP, 0, (size_t)size + 1, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
    if (at < 0 && at > -4096)
        leave(1);
    read_all(stream, (char *)at, size);
    return (char *)at;
}

/* Sends what there is; false at the end. */
static int relay(int from, int stream, char kind)
{
    long got = system_call(SYS_READ, from, bytes, sizeof bytes);
    if (got <= 0)
        return 0;
    frame(stream, kind, bytes, (uint32_t)got);
    return 1;
}

static void on_broken_pipe(long action)
{
    long how[3] = {action, 0, 0}; /* struct sigaction of the kernel: handler, flags, mask */
    system_call(SYS_RT_SIGACTION, SIGPIPE, how, 0, 8);
}

static void become(const char *command, int output, int error)
{
    const char *words[] = {"sh", "-c", command, 0};
    system_call(SYS_SETSID);
    on_broken_pipe(SIG_DFL);
    system_call(SYS_DUP3, open_file("/dev/null", O_RDONLY), 0, 0);
    system_call(SYS_DUP3, output, 1, 0);
    system_call(SYS_DUP3, error, 2, 0);
    system_call(SYS_EXECVE, "/bin/sh", words, environment);
    leave(127);
}

static uint32_t code(int status)
{
    return (status & 0x7f) ? 128u + (status & 0x7f) : (uint32_t)(status >> 8 & 0xff);
}

/* Until the command has ended; what it has left running may keep the pipes, so what they have then is all. */
static void attend(int stream, long pid, int output, int error)
{
    struct pollfd all[] = {
        {stream, POLLIN, 0}, {output, POLLIN, 0}, {error, POLLIN, 0}, {(int32_t)system_call(SYS_PIDFD_OPEN, pid, 0), POLLIN, 0}};
    for (int ended = 0;;) {
        struct { long seconds, nanos; } now = {0, 0};
        long ready = system_call(SYS_PPOLL, all, 4, ended ? &now : 0, 0, 8);
        if (all[0].revents && ready > 0)
            leave(1); /* nothing more is said on it, so it was closed */
        int moved = 0;
        for (int n = 1; n <= 2; n++)
            if (all[n].fd >= 0 && all[n].revents && ready > 0) {
                if (relay(all[n].fd, stream, n == 1 ? 'o' : 'e'))
                    moved = 1;
                else
                    all[n].fd = -1;
            }
        if (ended && !moved)
            return;
        if (all[3].fd >= 0 && all[3].revents) {
            ended = 1;
            all[3].fd = -1;
        }
    }
}

static void run_command(int stream)
{
    const char *command = read_text(stream);
    int output[2], error[2], status = 0;
    if (system_call(SYS_PIPE2, output, O_CLOEXEC) < 0 || system_call(SYS_PIPE2, error, O_CLOEXEC) < 0)
        leave(1);
    on_broken_pipe(SIG_IGN);
    long pid = system_call(SYS_CLONE, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        become(command, output[1], error[1]);
    system_call(SYS_CLOSE, output[1]);
    system_call(SYS_CLOSE, error[1]);
    running = pid;
    attend(stream, pid, output[0], error[0]);
    system_call(SYS_WAIT4, pid, &status, 0, 0);
    running = 0;
    answer(stream, 'x', code(status));
}

static void put_file(int stream)
{
    const char *path = read_text(stream);
    uint32_t mode = read_word(stream);
    uint64_t left;
    read_all(stream, &left, sizeof left);
    long file = system_call(SYS_OPENAT, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), fault = file < 0 ? file : 0;
    while (left > 0) { /* all is taken, whatever becomes of it */
        size_t size = left < sizeof bytes ? left : sizeof bytes;
        read_all(stream, bytes, size);
        left -= size;
        for (size_t done = 0; fault == 0 && done < size;) {
            long put = system_call(SYS_WRITE, file, bytes + done, size - done);
            if (put <= 0)
                fault = put < 0 ? put : -5;
            else
                done += (size_t)put;
        }
    }
    if (fault == 0)
        fault = system_call(SYS_FCHMOD, file, mode);
    answer(stream, fault < 0 ? 'f' : 'x', (uint32_t)-fault);
}

static void get_file(int stream)
{
    long file = open_file(read_text(stream), O_RDONLY), got = file;
    while (got >= 0 && (got = system_call(SYS_READ, file, bytes, sizeof bytes)) > 0)
        frame(stream, 'd', bytes, (uint32_t)got);
    answer(stream, got < 0 ? 'f' : 'x', (uint32_t)-got);
}

static void serve(int stream)
{
    char kind;
    read_all(stream, &kind, 1);
    switch (kind) {
    case 'R': run_command(stream); break;
    case 'P': put_file(stream); break;
    case 'G': get_file(stream); break;
    }
    leave(0);
}

int run(int argc, char **argv)
{
    struct address at = {.family = AF_VSOCK, .port = PORT, .context = ANY};
    long listener = system_call(SYS_SOCKET, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    environment = argv + argc + 1;
    if (listener < 0 || system_call(SYS_BIND, listener, &at, sizeof at) < 0 || system_call(SYS_LISTEN, listener, 64) < 0)
        fail("cannot listen on vsock port %u", PORT);
    if (system_call(SYS_CLONE, SIGCHLD, 0, 0, 0, 0) != 0)
        return 0; /* who has started this one goes on */
    system_call(SYS_SETSID);
    system_call(SYS_CHDIR, "/root");
    for (;;) {
        long stream = system_call(SYS_ACCEPT4, listener, 0, 0, SOCK_CLOEXEC);
        if (stream >= 0 && system_call(SYS_CLONE, SIGCHLD, 0, 0, 0, 0) == 0)
            serve((int)stream);
        system_call(SYS_CLOSE, stream);
        while (system_call(SYS_WAIT4, -1, 0, WNOHANG, 0) > 0)
            ;
    }
}
