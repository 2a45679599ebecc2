/* Every control and status register, and every privileged instruction that is not ours. */
#include "hostile.h"

#define CSRS 4096
#define RET 0x00008067u
#define CSRRW_A0_A0(csr) (0x00051573u | (uint32_t)(csr) << 20)
#define CSRRS_A0(csr) (0x00002573u | (uint32_t)(csr) << 20)
#define MRET 0x30200073u
#define PRIVILEGE(csr) ((csr) >> 8 & 3)
#define MACHINE 3
#define USER_COUNTERS 0xc00

static uint32_t code[4] __attribute__((aligned(4096)));

static uint64_t value;

static void run(uint64_t argument)
{
    value = ((uint64_t(*)(uint64_t))code)(argument);
}

static long execute(struct tally *t, uint32_t instruction, uint64_t argument)
{
    code[0] = instruction;
    code[1] = RET;
    __asm__ volatile("fence.i" ::: "memory");
    return try(t, run, argument);
}

/* Those by which this program is called back. */
static int needed(unsigned csr)
{
    switch (csr) {
    case 0x100: /* sstatus */
    case 0x104: /* sie */
    case 0x105: /* stvec */
    case 0x140: /* sscratch */
    case 0x144: /* sip */
    case 0x14d: /* stimecmp */
    case 0x180: /* satp */
        return 1;
    default:
        return 0;
    }
}

struct tally attack_registers(void)
{
    struct tally t = {0, 0};
    for (unsigned csr = 0; csr < CSRS; csr++) {
        long cause = execute(&t, CSRRS_A0(csr), 0);
        if (cause == NO_TRAP && PRIVILEGE(csr) == MACHINE && csr < USER_COUNTERS)
            escaped("machine-mode register %x could be read", csr);
        if (cause != NO_TRAP || needed(csr))
            continue;
        uint64_t before = value;
        if (execute(&t, CSRRW_A0_A0(csr), random64()) == NO_TRAP)
            execute(&t, CSRRW_A0_A0(csr), before);
    }
    if (execute(&t, MRET, 0) == NO_TRAP)
        escaped("mret was executed");
    return t;
}
