/* The board's watchdog (Allwinner's, docs/board.md), which a scenario starts by `watchdog`. */
#include "driver.h"

#define CONTROL 0x10
#define CONTROL_RESTART 0x14af
#define MODE 0x18
#define MODE_ENABLE 1
#define EVERY_US 200000
#define STACK 4096

static uintptr_t base;
static struct task task;
static char stack[STACK] STACK_ALIGNED;

/* Restarts it if the server has had a turn since the last time; it is woken for that. */
static void watch(void *unused)
{
    (void)unused;
    for (uint32_t seen = turns;; task_sleep(ticks_of_us(EVERY_US))) {
        if (turns != seen)
            out32(base + CONTROL, CONTROL_RESTART);
        seen = turns;
        wake(0);
    }
}

void watch_init(const void *dtb)
{
    struct fdt_device device;
    if (!fdt_find(dtb, "allwinner,sun20i-d1-wdt", 0, &device) || !(in32(device.reg[0] + MODE) & MODE_ENABLE))
        return;
    base = device.reg[0];
    task_create(&task, "watch", 20, watch, 0, stack, sizeof stack);
}
