/*
 * Waits until the machine goes on from a snapshot, from which others may go on too, and has anew what the kernel does not renew
 * by itself: what it has fetched ahead from the host's randomness is used up, the date is that of the board's clock, and a
 * script asks for addresses again where there is an interface. The kernel says in its log that it has taken a new seed;
 * user space hears of it in no other way (docs/adr/0117). One program that waits, since a second start is as long as what it does.
 */
#include "linux.h"

const char program[] = "renewal";

#define SYS_LSEEK 62
#define SYS_CLOCK_SETTIME 112
#define SYS_CLONE 220
#define SYS_EXECVE 221
#define SYS_WAIT4 260

#define O_WRONLY 1
#define SEEK_END 2
#define SIGCHLD 17
#define EINTR 4
#define EPIPE 32
#define CLOCK_REALTIME 0l
#define RTC_RD_TIME 0x80247009l

#define AHEAD 192 /* bytes of randomness that the kernel has at most */
#define RECORD 8192 /* of the log: no longer one is written */
#define NETWORK "/sbin/renew"

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

static int is_interface(const char *name, void *argument)
{
    (void)argument;
    return name[0] != '.' && strcmp(name, "lo") != 0;
}

static void ask_for_addresses(void)
{
    static char *words[] = {NETWORK, 0}, *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", 0};
    if (!each_entry("/sys/class/net", "", is_interface, 0))
        return;
    long child = system_call(SYS_CLONE, (long)SIGCHLD, 0l, 0l, 0l, 0l);
    if (child == 0) {
        system_call(SYS_EXECVE, NETWORK, words, environment);
        system_call(SYS_EXIT, 127l);
    }
    while (child > 0 && system_call(SYS_WAIT4, child, 0l, 0l, 0l) == -EINTR)
        ;
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
            ask_for_addresses();
        }
    }
}
