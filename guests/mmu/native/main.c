/* Entered in machine mode: opens memory to S mode and goes there. */
#include "mmu.h"

#define RAM_NEEDED (120ul << 20)
#define MPP_SUPERVISOR 0x800ul

extern char __end[];

static const void *tree;

static void supervisor(void)
{
    work(tree);
}

int main(uint64_t hart, const void *dtb)
{
    (void)hart;
    tree = dtb;
    console_init();
    struct fdt_device memory;
    if (!fdt_memory(dtb, &memory) || memory.reg[1] < RAM_NEEDED + (8ul << 20)) {
        print("mmu: 128 MiB of memory are needed\n");
        return 5;
    }
    frames_init((uint64_t)__end, 0x80000000ul + RAM_NEEDED);
    csr_write(medeleg, 0xb1ff);
    csr_write(pmpaddr0, -1ul);
    csr_write(pmpcfg0, 0x1f);
    csr_write(mepc, (uint64_t)supervisor);
    csr_clear(mstatus, 3 * MPP_SUPERVISOR);
    csr_set(mstatus, MPP_SUPERVISOR);
    __asm__ volatile("mret");
    __builtin_unreachable();
}
