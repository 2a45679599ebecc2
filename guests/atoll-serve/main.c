/*
 * atoll-serve: serves disks and random numbers of this Linux to other machines (docs/driver-vm.md), each client by a process of its
 * own, which this one starts again when it has ended or hangs. It needs no library, no module and no driver beyond a stock
 * kernel's.
 */
#include "serve.h"

#define SYS_DUP3 24
#define SYS_KILL 129
#define SYS_SIGPROCMASK 135
#define SYS_SIGTIMEDWAIT 137
#define SYS_PRCTL 167
#define SYS_GETPID 172
#define SYS_GETPPID 173
#define SYS_CLONE 220
#define SYS_WAIT4 260

#define SIGKILL 9
#define SIGCHLD 17
#define SIGNALS (1ul << (SIGCHLD - 1))
#define SIG_BLOCK 0
#define WNOHANG 1
#define PR_SET_PDEATHSIG 1
#define WDIOC_SETTIMEOUT 0xc0045706u
#define WATCHDOG_SECONDS 16
#define WRONG_USE 2

#define MOST_CLIENTS 16 /* channels that a machine can have */
#define USUAL_PATIENCE 10

const char program[] = "atoll-serve";

struct worker {
    struct client client;
    long process;
    int ended;        /* by itself: it is not started again at once */
    int failed;       /* by itself before it served: why has been said */
    uint32_t answers; /* when it was looked at last */
    unsigned seconds; /* for which it has owed an answer */
};

static struct worker workers[MOST_CLIENTS];
static unsigned count;
static struct disks disks;
static unsigned patience = USUAL_PATIENCE; /* seconds that a request may take */

static int add(struct endpoint *e, void *unused)
{
    (void)unused;
    endpoint_map(e);
    workers[count].client.end = *e;
    workers[count++].client.disk = -1;
    return count == MOST_CLIENTS;
}

/* A channel becomes a service when the client's monitor begins; others stay what they are. */
static int wants(const struct worker *w)
{
    return header(&w->client.end)->magic == SERVICE_MAGIC;
}

/* What cannot be served now is tried once a second, and would say the same each time. */
static void say_no_failure(void)
{
    int fd = open_file("/dev/null", O_RDWR);
    if (fd >= 0)
        system_call(SYS_DUP3, (long)fd, (long)STDERR, 0l);
}

static void start(struct worker *w)
{
    long parent = system_call(SYS_GETPID);
    long process = system_call(SYS_CLONE, (long)SIGCHLD, 0l, 0l, 0l, 0l);
    if (process == 0) {
        system_call(SYS_PRCTL, (long)PR_SET_PDEATHSIG, (long)SIGKILL);
        if (w->failed)
            say_no_failure();
        if (system_call(SYS_GETPPID) == parent)
            serve(&w->client, &disks);
        system_call(SYS_EXIT, 1);
    }
    w->process = process > 0 ? process : 0;
    w->seconds = 0;
}

static int begins(const struct worker *w)
{
    volatile struct service *s = header(&w->client.end);
    return s->ready != s->epoch;
}

static void reap(void)
{
    int status;
    for (long process; (process = system_call(SYS_WAIT4, -1l, &status, (long)WNOHANG, 0l)) > 0;)
        for (unsigned n = 0; n < count; n++)
            if (workers[n].process == process) {
                workers[n].process = 0;
                workers[n].ended = (status & 0x7f) == 0;
                workers[n].failed = begins(&workers[n]) && (workers[n].ended || workers[n].failed);
            }
}

static int owes(const struct worker *w)
{
    volatile struct service *s = header(&w->client.end);
    return begins(w) || s->requests != s->answers;
}

/* Once a second: a process that owes an answer for too long is ended. */
static void look(struct worker *w)
{
    volatile struct service *s = header(&w->client.end);
    w->ended = 0;
    w->seconds = w->process && owes(w) && w->answers == s->answers ? w->seconds + 1 : 0;
    w->answers = s->answers;
    if (w->seconds == patience) {
        print("%s: %s has not been answered for %u s; its process is ended\n", program, w->client.end.name, patience);
        system_call(SYS_KILL, w->process, (long)SIGKILL);
    }
}

/* Nobody is stuck so badly that not even ending its process helps. */
static int well(void)
{
    for (unsigned n = 0; n < count; n++)
        if (workers[n].seconds > 2 * patience)
            return 0;
    return 1;
}

static void supervise(int watchdog)
{
    uint64_t signals = SIGNALS;
    int64_t second[2] = {1, 0};
    system_call(SYS_SIGPROCMASK, (long)SIG_BLOCK, &signals, 0l, sizeof signals);
    for (;;) {
        for (unsigned n = 0; n < count; n++)
            if (!workers[n].process && !workers[n].ended && wants(&workers[n]))
                start(&workers[n]);
        int over = system_call(SYS_SIGTIMEDWAIT, &signals, 0l, second, sizeof signals) < 0;
        reap();
        for (unsigned n = 0; over && n < count; n++)
            look(&workers[n]);
        if (watchdog >= 0 && well())
            system_call(SYS_WRITE, (long)watchdog, "", 1l);
    }
}

static int open_watchdog(void)
{
    int seconds = WATCHDOG_SECONDS, fd = open_file("/dev/watchdog", O_RDWR);
    if (fd < 0)
        fail("/dev/watchdog cannot be opened: error %d; do: modprobe sunxi_wdt", -fd);
    system_call(SYS_IOCTL, (long)fd, (long)WDIOC_SETTIMEOUT, &seconds);
    return fd;
}

static int usage(void)
{
    print("atoll-serve [-w] [-t SECONDS] [DISK]...   serves disks, the first is unit 0, and random numbers to other machines\n"
          "  DISK         a block device or a file\n"
          "  -t SECONDS   that a request may take, until the process that serves it is started anew (10)\n"
          "  -w           restarts the machine's watchdog as long as requests are answered\n");
    return WRONG_USE;
}

/* 1 to 9,999. */
static unsigned seconds(const char *text)
{
    unsigned v = 0, n = 0;
    for (; text[n] >= '0' && text[n] <= '9' && n < 4; n++)
        v = v * 10 + (unsigned)(text[n] - '0');
    if (text[n] || !v)
        fail("-t '%s' is no number of seconds, expected 1 to 9999", text);
    return v;
}

static void check_disks(void)
{
    for (unsigned n = 0; n < disks.count; n++) {
        int read_only, fd = disk_open(disks.names[n], &read_only);
        if (fd < 0)
            fail("disk %s cannot be opened: error %d", disks.names[n], -fd);
        system_call(SYS_CLOSE, (long)fd);
    }
}

int run(int argc, char **argv)
{
    int at = 1, guarded = 0;
    for (; at < argc && argv[at][0] == '-'; at++)
        if (!strcmp(argv[at], "-w"))
            guarded = 1;
        else if (!strcmp(argv[at], "-t") && at + 1 < argc)
            patience = seconds(argv[++at]);
        else
            return usage();
    disks = (struct disks){argv + at, (unsigned)(argc - at)};
    check_disks();
    each_endpoint(add, 0);
    if (!count)
        fail("this machine has no channel; a scenario gives it some by 'serves'");
    supervise(guarded ? open_watchdog() : -1);
    return 0;
}
