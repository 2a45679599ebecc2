/*
 * Waits until the machine goes on from a snapshot, from which others may go on too, and has anew what the kernel does not renew
 * by itself: what it has fetched ahead from the host's randomness is used up, the date is that of the board's clock, and what
 * networks have given is asked for again. The kernel says in its log that it has taken a new seed; user space hears of it in no
 * other way (docs/adr/0117). One program that waits and starts no other, since a second start is as long as what it does, and
 * many copies of one machine do it all at once (docs/adr/0177).
 */
#include "network.h"

const char program[] = "renewal";

#define SYS_LSEEK 62
#define SYS_CLOCK_SETTIME 112
#define SYS_UTIMENSAT 88
#define SYS_KILL 129

#define O_WRONLY 1
#define SEEK_END 2
#define SIGUSR1 10
#define AT_FDCWD (-100l)
#define POLLIN 1
#define SIOCGIFHWADDR 0x8927l
#define SIOCGIFINDEX 0x8933l
#define SIOCDARP 0x8953l
#define EINTR 4
#define EPIPE 32
#define CLOCK_REALTIME 0l
#define RTC_RD_TIME 0x80247009l

#define AHEAD 192 /* bytes of randomness that the kernel has at most */
#define RECORD 8192 /* of the log: no longer one is written */
#define TRIES 3 /* a second each; then the network is taken for another one */
#define MOST 1000 /* packets that are looked at for one question: who sends more does not hold us up */
#define STATIC 4 /* a neighbour that somebody has set: ATF_PERM */

static const char RESEEDED[] = "crng reseeded due to virtual machine fork";

struct date { /* struct rtc_time of <linux/rtc.h> */
    int32_t second, minute, hour, day, month, year, weekday, yearday, summer;
};

struct time {
    int64_t seconds, nanoseconds;
};

static int says(const char *record, long size)
{
    for (long at = 0; at + (long)sizeof RESEEDED - 1 <= size; at++) {
        size_t same = 0;
        while (same < sizeof RESEEDED - 1 && record[at + (long)same] == RESEEDED[same])
            same++;
        if (same == sizeof RESEEDED - 1)
            return 1;
    }
    return 0;
}

static void use_up_randomness(void)
{
    static char bytes[AHEAD];
    int from = open_file("/dev/hwrng", O_RDONLY), to = open_file("/dev/urandom", O_WRONLY);
    for (long left = AHEAD; from >= 0 && left > 0;) {
        long got = system_call(SYS_READ, from, bytes, left);
        if (got <= 0)
            break;
        system_call(SYS_WRITE, to, bytes, got);
        left -= got;
    }
    system_call(SYS_CLOSE, from);
    system_call(SYS_CLOSE, to);
}

/* Seconds since 1970 of a date in the Gregorian calendar, whose years are counted from March on here. */
static int64_t seconds(const struct date *date)
{
    int64_t year = date->year + 1900 - (date->month < 2);
    int64_t month = (date->month + 10) % 12;
    int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + date->day - 1 - 719468;
    return ((days * 24 + date->hour) * 60 + date->minute) * 60 + date->second;
}

static void set_date(void)
{
    struct date now;
    int clock = open_file("/dev/rtc0", O_RDONLY);
    if (clock >= 0 && system_call(SYS_IOCTL, clock, RTC_RD_TIME, &now) == 0) {
        struct time time = {seconds(&now), 0};
        system_call(SYS_CLOCK_SETTIME, CLOCK_REALTIME, &time);
    }
    system_call(SYS_CLOSE, clock);
}

static void write_file(const char *path, const char *text)
{
    int file = open_file(path, O_WRONLY);
    system_call(SYS_WRITE, file, text, strlen(text));
    system_call(SYS_CLOSE, file);
}

struct request { /* struct ifreq of <linux/if.h> */
    char name[NAME];
    union {
        int32_t index;
        struct {
            uint16_t family;
            uint8_t address[22];
        } hardware;
    };
};

/* The interface of that name, by any socket. */
static void identify(int socket, struct interface *on)
{
    struct request request = {0};
    join(request.name, NAME, on->name, "", "");
    system_call(SYS_IOCTL, socket, SIOCGIFINDEX, &request);
    on->index = request.index;
    system_call(SYS_IOCTL, socket, SIOCGIFHWADDR, &request);
    memcpy(on->hardware, request.hardware.address, HARDWARE);
}

struct neighbour { /* struct arpreq of <linux/if_arp.h> */
    uint16_t family, port;
    uint8_t address[12];
    uint16_t hardware_type;
    uint8_t hardware[14];
    int32_t flags;
    uint8_t mask[16];
    char interface[NAME];
};

struct table {
    int socket;
    const char *interface;
};

/* A line of /proc/net/arp: address, type, flags, hardware, mask, interface. In another network somebody else has the address. */
static void forget(char *line, void *argument)
{
    const struct table *table = argument;
    struct neighbour gone = {.family = AF_INET};
    const char *address = word(&line);
    word(&line);
    const char *flags = word(&line) + 2;
    word(&line), word(&line);
    if (strcmp(word(&line), table->interface) || number(&flags, 16) & STATIC)
        return;
    for (int n = 0; n < 4; n++, address++)
        gone.address[n] = (uint8_t)number(&address, 10);
    join(gone.interface, NAME, table->interface, "", "");
    system_call(SYS_IOCTL, table->socket, SIOCDARP, &gone);
}

struct pollfd {
    int32_t fd;
    int16_t events, revents;
};

/* Asks who has not answered yet, and hears them for a second, or as long as one of them is missing. What has been said stands. */
static void ask(const int sockets[2], const struct interface *on, const char *known, enum answer answers[2])
{
    struct time left = {1, 0}; /* the kernel counts it down */
    if (answers[0] == NONE)
        lease_ask(sockets[0], on, known);
    if (answers[1] == NONE)
        router_ask(sockets[1], on);
    for (int packets = 0; packets < MOST && (answers[0] == NONE || answers[1] == NONE); packets++) {
        struct pollfd missing[2];
        for (int n = 0; n < 2; n++)
            missing[n] = (struct pollfd){answers[n] == NONE ? sockets[n] : -1, POLLIN, 0};
        if (system_call(SYS_PPOLL, missing, 2l, &left, 0l, 0l) <= 0)
            return;
        if (missing[0].revents)
            answers[0] = lease_answer(sockets[0], known);
        if (missing[1].revents)
            answers[1] = router_answer(sockets[1], on);
    }
}

/* Only a router's address that is not advertised any more has IPv6 begin anew, which takes longer than all the rest. */
static void begin_ipv6(const char *name)
{
    char path[80];
    join(path, sizeof path, "/proc/sys/net/ipv6/conf/", name, "/disable_ipv6");
    write_file(path, "1");
    write_file(path, "0");
}

/* The process of the client that was started at the boot, if it is still there; otherwise 0. */
static long client(const char *interface)
{
    static const char name[] = "udhcpc\n";
    char path[80], text[16], comm[sizeof name];
    join(path, sizeof path, "/run/udhcpc.", interface, "");
    long size = read_file(path, text, sizeof text - 1);
    if (size <= 1)
        return 0;
    text[size - 1] = 0; /* the line's end */
    join(path, sizeof path, "/proc/", text, "/comm");
    const char *digits = text;
    long same = read_file(path, comm, sizeof comm) == sizeof name - 1 && !memcmp(comm, name, sizeof name - 1);
    return same ? (long)number(&digits, 10) : 0;
}

/* What has changed is the client's affair, and the kernel's. */
static int renew(const char *name, void *argument)
{
    static char known[1024];
    char leased[80];
    struct interface on = {0};
    (void)argument;
    long process = name[0] == '.' ? 0 : client(name);
    if (process == 0)
        return 0;
    join(on.name, NAME, name, "", "");
    join(leased, sizeof leased, "/run/leased.", name, "");
    long size = read_file(leased, known, sizeof known - 1);
    known[size < 0 ? 0 : size] = 0;
    const int sockets[] = {lease_open(&on), router_open(&on)};
    enum answer answers[] = {size <= 0 ? OTHER : NONE, sockets[1] < 0 ? SAME : NONE};
    struct table table = {sockets[0], name};
    identify(sockets[0], &on);
    each_line("/proc/net/arp", forget, &table);
    for (int n = 0; n < TRIES && (answers[0] == NONE || answers[1] == NONE); n++)
        ask(sockets, &on, known, answers);
    system_call(SYS_CLOSE, sockets[0]);
    system_call(SYS_CLOSE, sockets[1]);
    if (answers[0] == SAME)
        system_call(SYS_UTIMENSAT, AT_FDCWD, leased, 0l, 0l);
    else
        system_call(SYS_KILL, process, (long)SIGUSR1);
    if (answers[1] == OTHER || (answers[1] == NONE && router_has_other(&on, 0, 0)))
        begin_ipv6(name);
    return 0;
}

int run(int argc, char **argv)
{
    static char record[RECORD];
    (void)argc;
    (void)argv;
    int log = open_file("/dev/kmsg", O_RDONLY);
    system_call(SYS_LSEEK, log, 0l, (long)SEEK_END); /* what happens from now on */
    for (;;) {
        long size = system_call(SYS_READ, log, record, sizeof record);
        if (size < 0 && size != -EPIPE && size != -EINTR)
            return 1;
        /* EPIPE: on a busy host records were overwritten before they were read, which may have been the one. */
        if (size == -EPIPE || (size > 0 && says(record, size))) {
            set_date(); /* which somebody may look at first */
            use_up_randomness();
            each_entry("/sys/class/net", "", renew, 0);
        }
    }
}
