/*
 * Entry in supervisor mode; traps on a stack of their own, since what is tried may leave any stack pointer behind; and
 * attempt(), which comes back from whatever a call does.
 */
#include "entry.h"

    .file "start.S" /* else the symbol table names a temporary file, and no two builds are alike */

#define FRAME 272
#define EPC 256

    .section .text.start, "ax"
    .globl _start
_start:
    load_gp
    clear_bss
    la sp, main_stack_end
    la t0, trap_stack_end
    csrw sscratch, t0
    la t0, trap_entry
    csrw stvec, t0
    call hostile_main /* (hart, dtb) */
    call finish

    .text
    .balign 4
    .globl trap_entry
trap_entry:
    csrrw sp, sscratch, sp
    addi sp, sp, -FRAME
    save_interrupted
    load_gp
    csrr t0, sscratch
    sd t0, 16(sp)
    csrr t0, sepc
    sd t0, EPC(sp)
    mv a0, sp
    call on_trap /* does not return from an exception */
    ld t0, EPC(sp)
    csrw sepc, t0
    la t0, trap_stack_end
    csrw sscratch, t0
    load_interrupted
    ld x2, 16(sp)
    sret

/* long attempt(void (*call)(uint64_t), uint64_t argument): the cause of the trap that ended it, or -1. */
    .globl attempt
attempt:
    push_kept
    la t0, recovery
    sd sp, 0(t0)
    mv t1, a0
    mv a0, a1
    jalr t1
    li a0, -1
    j leave

/* void abandon(long cause): from a trap back to the last attempt, with interrupts on. */
    .globl abandon
abandon:
    la t0, recovery
    ld sp, 0(t0)
    la t0, trap_stack_end
    csrw sscratch, t0
    csrsi sstatus, 2 /* SIE: not before the next trap finds its stack */
leave:
    la t0, recovery
    sd zero, 0(t0)
    pop_kept
    ret

/* void run_bare(uint64_t address): jumps there, not to come back, with nothing in any register but that address. */
    .globl run_bare
run_bare:
    mv t0, a0
    .irp r, 1,2,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    li x\r, 0
    .endr
    jr t0

/* Another hart's whole life: see storm.c. a1 is its stack. */
    .globl other_hart_entry
other_hart_entry:
    load_gp
    mv sp, a1
    la t0, other_hart_entry_parked
    csrw stvec, t0
    tail other_hart
    .balign 4
other_hart_entry_parked:
    wfi
    j other_hart_entry_parked

    .bss
    .balign 16
    .globl recovery
recovery:
    .skip 16
    .skip 8192
trap_stack_end:
    .skip 16384
main_stack_end:
