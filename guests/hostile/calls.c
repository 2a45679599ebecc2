/* Hypercalls that nobody should make: unknown ones, and known ones with arguments that are huge, negative or absurd. */
#include "hostile.h"

#define COUNT 2000
#define SBI_IPI 0x735049
#define SBI_RFENCE 0x52464e43
#define SBI_HSM 0x48534d
#define SBI_HSM_STOP 1
#define SBI_HSM_SUSPEND 3
#define SBI_DBCN 0x4442434e
#define SBI_DBCN_WRITE 0
#define SBI_DBCN_READ 1
#define SBI_DBCN_WRITE_BYTE 2
#define SBI_PMU 0x504d55
#define SBI_LEGACY_LAST 15

static const uint64_t extensions[] = {0x10, SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_SRST,
                                      SBI_DBCN, SBI_PMU, 0x53555350, 0x43505043, 0x4e41434c, 0x535441};

/* What would end or suspend this machine, or print: allowed, and no attack. */
static int legitimate(uint64_t extension, uint64_t function, uint64_t arg0)
{
    switch (extension) {
    case SBI_SRST:
        return (uint32_t)arg0 <= 2;
    case SBI_HSM:
        return function == SBI_HSM_STOP || function == SBI_HSM_SUSPEND;
    case SBI_DBCN:
        return function == SBI_DBCN_WRITE_BYTE;
    case SBI_TIME:
        return 1;
    case 0x53555350:
        return 1;
    default:
        return extension <= SBI_LEGACY_LAST;
    }
}

static long error; /* what the last call returned */

static void any_call(uint64_t unused)
{
    (void)unused;
    uint64_t extension = random_below(2) ? extensions[random_below(sizeof extensions / sizeof extensions[0])] : nasty();
    uint64_t function = random_below(4) ? random_below(8) : nasty();
    uint64_t arg0 = nasty(), arg1 = nasty(), arg2 = nasty();
    if (!legitimate(extension, function, arg0))
        error = sbi_call(extension, function, arg0, arg1, arg2).error;
}

/* The console's buffer lies where nothing is: neither printed from nor read into. */
static void console_from_nowhere(uint64_t address)
{
    uint64_t function = random_below(2) ? SBI_DBCN_WRITE : SBI_DBCN_READ, bytes = 1 + random_below(1ul << 40);
    struct sbi_result r = sbi_call(SBI_DBCN, function, bytes, address, random_below(2) ? 0 : nasty());
    error = r.error;
    if (!r.error)
        escaped("the console took a buffer at %lx, where nothing is", address);
}

static void suspend_into_nothing(uint64_t function)
{
    struct sbi_result r = sbi_call(SBI_HSM, function, 0x80000000, nowhere() | 1, 0);
    error = r.error;
    if (!r.error)
        escaped("a suspension took a resume address where nothing is");
}

/* A call is refused by its result; none may trap. */
static void call(struct tally *t, void (*what)(uint64_t), uint64_t argument)
{
    error = 0;
    try(t, what, argument);
    t->refused += error != 0;
}

struct tally attack_calls(void)
{
    struct tally t = {0, 0};
    for (int i = 0; i < COUNT; i++) {
        call(&t, any_call, 0);
        if (i % 8 == 0)
            call(&t, console_from_nowhere, nowhere());
        if (i % 64 == 0)
            call(&t, suspend_into_nothing, SBI_HSM_SUSPEND);
    }
    return t;
}
