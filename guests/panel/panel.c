/*
 * A front panel on bare metal: two buttons and an LED at the first pins of SiFive's GPIO controller. The LED is lit as
 * long as the first button is held; the second one ends the machine. It sleeps until a button interrupts.
 *
 *   pin 0  user
 *   pin 1  power
 *   pin 2  status, an LED
 */
#include "guest.h"

/* FU540-C000 manual, chapter 17 */
#define INPUT_EN 0x04
#define OUTPUT_EN 0x08
#define OUTPUT_VAL 0x0c
#define RISE_IE 0x18
#define RISE_IP 0x1c
#define FALL_IE 0x20
#define FALL_IP 0x24

#define USER (1u << 0)
#define POWER (1u << 1)
#define STATUS (1u << 2)

#define PLIC_PRIORITY(source) (PLIC + 4ul * (source))
#define PLIC_ENABLE(context, source) (PLIC + 0x2000 + 0x80ul * (context) + 4 * ((source) / 32))
#define PLIC_THRESHOLD(context) (PLIC + 0x200000 + 0x1000ul * (context))
#define PLIC_CLAIM(context) (PLIC + 0x200004 + 0x1000ul * (context))
#define MIE_MEIE (1u << 11)

static uintptr_t gpio;

/* Sleeps until the line of a pin is high; mstatus.MIE stays 0, so the interrupt ends wfi and traps nowhere (priv 3.3.3). */
static uint32_t await(void)
{
    uint32_t source;
    while (!(source = in32(PLIC_CLAIM(0))))
        __asm__ volatile("wfi");
    return source;
}

static void light(uint32_t on)
{
    out32(gpio + OUTPUT_VAL, on ? STATUS : 0);
}

int main(uint64_t hart, const void *dtb)
{
    struct fdt_device found;
    (void)hart;
    if (!fdt_find(dtb, "sifive,gpio0", 0, &found)) {
        print("there is no GPIO controller\n");
        return 1;
    }
    gpio = found.reg[0];
    out32(gpio + INPUT_EN, USER | POWER);
    out32(gpio + OUTPUT_EN, STATUS);
    out32(gpio + RISE_IE, USER | POWER);
    out32(gpio + FALL_IE, USER);
    for (uint32_t source = found.interrupt; source < found.interrupt + 2; source++) {
        out32(PLIC_PRIORITY(source), 1);
        out32(PLIC_ENABLE(0, source), in32(PLIC_ENABLE(0, source)) | 1u << source % 32);
    }
    out32(PLIC_THRESHOLD(0), 0);
    csr_set(mie, MIE_MEIE);
    print("press a button\n");
    for (unsigned presses = 0;;) {
        uint32_t source = await();
        if (in32(gpio + RISE_IP) & POWER)
            break;
        if (in32(gpio + RISE_IP) & USER) {
            out32(gpio + RISE_IP, USER);
            light(1);
            print("pressed, %u\n", ++presses);
        }
        if (in32(gpio + FALL_IP) & USER) {
            out32(gpio + FALL_IP, USER);
            light(0);
            print("released\n");
        }
        out32(PLIC_CLAIM(0), source);
    }
    print("switched off\n");
    return 0;
}
