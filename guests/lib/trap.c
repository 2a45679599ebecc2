/* Traps: expected exceptions are recorded and skipped, all others reported. */
#include "guest.h"

struct trap_record trap_last[MAX_HARTS];
static volatile unsigned expected[MAX_HARTS];

void trap_expect(unsigned count)
{
    uint64_t hart = csr_read(mhartid);
    trap_last[hart] = (struct trap_record){0};
    expected[hart] = count;
    __asm__ volatile("" ::: "memory");
}

const char *cause_name(uint64_t cause)
{
    static const char *const names[] = {
        "instruction address misaligned", "instruction access fault", "illegal instruction", "breakpoint",
        "load address misaligned", "load access fault", "store address misaligned", "store access fault",
        "environment call from U", "environment call from S", "cause 10", "environment call from M",
        "instruction page fault", "load page fault", "cause 14", "store page fault",
    };
    return cause < sizeof names / sizeof *names ? names[cause] : cause >> 63 ? "interrupt" : "unknown cause";
}

/*
 * Bytes of the instruction at epc, read as data: its two lowest bits tell (unpriv 1.5). A fetch that failed has none,
 * and what was to be run there was called: execution goes on at the return address.
 */
static void skip(struct trap_frame *frame)
{
    if (frame->cause == 0 || frame->cause == 1 || frame->cause == 12)
        frame->epc = frame->x[1];
    else
        frame->epc += (*(uint16_t *)frame->epc & 3) == 3 ? 4 : 2;
}

__attribute__((weak)) void on_trap(struct trap_frame *frame)
{
    uint64_t hart = csr_read(mhartid);
    if (!(frame->cause >> 63) && expected[hart]) {
        expected[hart]--;
        struct trap_record *r = &trap_last[hart];
        *r = (struct trap_record){frame->cause, frame->epc, frame->tval, r->count + 1};
        skip(frame);
        return;
    }
    print("\nunexpected trap on hart %lu: %s (mcause %lx, mepc %lx, mtval %lx, sp %lx, ra %lx)\n", hart,
          cause_name(frame->cause), frame->cause, frame->epc, frame->tval, frame->x[2], frame->x[1]);
    finish(99);
}
