/*
 * The kernel of ../mmu on a hypervisor that wants its page tables registered: the same work, and the same checks of
 * every page.
 */
#include "machine.h"
#include "mmu.h"

#define RAM_NEEDED (128ul << 20)
#define RAM_MOST (1ul << 30)
#define TABLES (112ul << 20) /* this far into RAM tables begin */
#define TABLES_END (120ul << 20)

extern char __end[];

void supervisor_main(uint64_t hart, const void *dtb) __attribute__((noreturn));

void put(char c)
{
    if (c == '\n')
        put('\r');
    while (!(in8(UART + 5) & 0x20)) /* transmitter empty */
        ;
    out8(UART, (uint8_t)c);
}

void supervisor_main(uint64_t hart, const void *dtb)
{
    (void)hart;
    struct fdt_device memory;
    if (!fdt_memory(dtb, &memory) || memory.reg[1] < RAM_NEEDED) {
        print("direct: 128 MiB of memory are needed\n");
        finish(5);
    }
    uint64_t ram = memory.reg[0], bytes = memory.reg[1] < RAM_MOST ? memory.reg[1] & -MEGAPAGE : RAM_MOST;
    if (!machine_init(ram, bytes)) {
        print("direct: the hypervisor does not register page tables; run it with --mmu direct\n");
        finish(6);
    }
    frames_init((uint64_t)__end, ram + TABLES);
    tables_init(ram, bytes, ram + TABLES, ram + TABLES_END);
    work(dtb);
}
