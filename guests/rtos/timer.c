/* One timer interrupt at a time: by the stimecmp register where there is one (Sstc), else by an SBI call. */
#include "kernel.h"
#include "sbi.h"

#define STIMECMP "0x14d" /* by number: the compiler is older than its name */
#define DEFAULT_HZ 10000000

static uint64_t hz = DEFAULT_HZ;
static int has_stimecmp;
static uint64_t set_to = NEVER;

void timer_init(const void *dtb)
{
    if (fdt_timebase(dtb))
        hz = fdt_timebase(dtb);
    has_stimecmp = fdt_has_extension(dtb, "sstc");
    set_to = 0;
    timer_set(NEVER);
}

/* Asked for at the end of every trap, mostly for the same as before. */
void timer_set(uint64_t deadline)
{
    if (deadline == set_to)
        return;
    set_to = deadline;
    if (has_stimecmp)
        __asm__ volatile("csrw " STIMECMP ", %0" ::"r"(deadline));
    else
        sbi_call(SBI_TIME, SBI_TIME_SET, deadline, 0, 0);
}

uint64_t ticks_of_us(uint64_t us)
{
    return us * hz / 1000000;
}

uint64_t ns_of_ticks(uint64_t ticks)
{
    return ticks * (1000000000 / hz);
}
