/* The board's watchdog, Allwinner's (docs/board.md). */
#include "kernel.h"

#define CONTROL 0x10
#define CONTROL_RESTART 0x14af
#define CONFIG 0x14
#define CONFIG_SYSTEM 1 /* an expiry is the whole machine's */
#define MODE 0x18
#define MODE_ENABLE 1
#define MODE_SECONDS(n) ((n) << 4) /* 1 to 6 are whole seconds */
#define KEY 0x16aa0000u

static uintptr_t base;

int watchdog_start(const void *dtb, unsigned seconds)
{
    struct fdt_device device;
    if (seconds < 1 || seconds > 6 || !fdt_find(dtb, "allwinner,sun20i-d1-wdt", 0, &device))
        return 0;
    base = device.reg[0];
    out32(base + CONFIG, KEY | CONFIG_SYSTEM);
    out32(base + MODE, KEY | MODE_SECONDS(seconds) | MODE_ENABLE);
    return 1;
}

void watchdog_restart(void)
{
    if (base)
        out32(base + CONTROL, CONTROL_RESTART);
}
