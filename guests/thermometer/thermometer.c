/*
 * Drives a device that Atoll does not have: the thermometer of examples/devices, a class in Java. It finds the device
 * in the device tree, sleeps until each sample interrupts, and has the samples written into its memory.
 *
 * In the boot arguments: samples=N, 8 if not given.
 */
#include "guest.h"

/* examples/devices/Thermometer.java */
#define ID 0x00
#define CONTROL 0x04
#define PERIOD 0x08
#define STATUS 0x0c
#define VALUE 0x10
#define COUNT 0x14
#define ERRORS 0x18
#define BUFFER 0x20
#define ID_VALUE 0x54484d31
#define RUN 1
#define INTERRUPT 2
#define READY 1
#define RING 16

#define PLIC_PRIORITY(source) (PLIC + 4ul * (source))
#define PLIC_ENABLE(context, source) (PLIC + 0x2000 + 0x80ul * (context) + 4 * ((source) / 32))
#define PLIC_THRESHOLD(context) (PLIC + 0x200000 + 0x1000ul * (context))
#define PLIC_CLAIM(context) (PLIC + 0x200004 + 0x1000ul * (context))
#define MIE_MEIE (1u << 11)

static volatile uint32_t ring[RING];

/* Sleeps until a sample is there; mstatus.MIE stays 0, so the interrupt ends wfi and traps nowhere (priv 3.3.3). */
static void await(uintptr_t device)
{
    while (!(in32(device + STATUS) & READY))
        __asm__ volatile("wfi");
    uint32_t source = in32(PLIC_CLAIM(0));
    out32(device + STATUS, READY);
    if (source)
        out32(PLIC_CLAIM(0), source);
}

static void show(unsigned number, int32_t thousandths)
{
    uint32_t size = thousandths < 0 ? -(uint32_t)thousandths : (uint32_t)thousandths;
    print("sample %u: %s%u.%03u degrees\n", number, thousandths < 0 ? "-" : "", size / 1000, size % 1000);
}

int main(uint64_t hart, const void *dtb)
{
    struct fdt_device found;
    (void)hart;
    if (!fdt_find(dtb, "example,thermometer", 0, &found)) {
        print("there is no thermometer\n");
        return 1;
    }
    uintptr_t device = found.reg[0];
    if (in32(device + ID) != ID_VALUE) {
        print("what is at %lx is no thermometer\n", found.reg[0]);
        return 2;
    }
    print("a thermometer at %lx, interrupt %u\n", found.reg[0], found.interrupt);
    trap_expect(1);
    (void)in8(device + ID);
    __asm__ volatile("" ::: "memory"); /* the trap has written its record */
    print("a byte of it: %s\n", trap_last[0].count ? cause_name(trap_last[0].cause) : "read");

    out32(PLIC_PRIORITY(found.interrupt), 1);
    out32(PLIC_THRESHOLD(0), 0);
    out32(PLIC_ENABLE(0, found.interrupt), 1u << found.interrupt % 32);
    csr_set(mie, MIE_MEIE);
    out32(device + PERIOD, 1000); /* microseconds */
    out64(device + BUFFER, (uintptr_t)ring);
    out32(device + CONTROL, RUN | INTERRUPT);
    unsigned samples = (unsigned)fdt_argument(dtb, "samples", 8);
    for (unsigned n = 1; n <= samples; n++) {
        await(device);
        show(n, (int32_t)in32(device + VALUE));
    }
    out32(device + CONTROL, 0);
    out32(device + STATUS, READY); /* one may have come meanwhile */
    print("in memory:");
    for (unsigned n = 0; n < RING && n < samples; n++)
        print(" %d", (int32_t)ring[n]);
    print("\n");

    out64(device + BUFFER, FINISHER); /* not RAM: the device is not given that */
    out32(device + CONTROL, RUN | INTERRUPT);
    await(device);
    print("%u samples, %u refused\n", in32(device + COUNT), in32(device + ERRORS));
    return 0;
}
