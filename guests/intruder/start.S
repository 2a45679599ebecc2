/*
 * Entry in supervisor mode; traps on a stack of their own; attempt(), which comes back from whatever a call does; and a
 * second hart, which stores on and on whatever becomes of it.
 */
#include "entry.h"

    .file "start.S" /* else the symbol table names a temporary file, and no two builds are alike */

    .section .text.start, "ax"
    .globl _start
_start:
    load_gp
    clear_bss
    la sp, main_stack_end
    la t0, trap_entry
    csrw stvec, t0
    call intruder_main /* (hart, dtb) */

    .text
    .balign 4
trap_entry:
    la sp, trap_stack_end
    load_gp
    call on_trap /* does not return */

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

/* void abandon(long cause): from a trap back to the last attempt. */
    .globl abandon
abandon:
    la t0, recovery
    ld sp, 0(t0)
leave:
    la t0, recovery
    sd zero, 0(t0)
    pop_kept
    ret

/*
 * The second hart: a1 is where it finds satp, a virtual address, and whether to stop. It stores even numbers, which are
 * no valid entries, all over the page, until it is told to stop; a store that traps is skipped.
 */
    .option push
    .option norvc
    .globl storer_entry
storer_entry:
    la t0, storer_trap
    csrw stvec, t0
    ld t0, 0(a1)
    csrw satp, t0
    sfence.vma
    ld a0, 8(a1)
    li t1, 0
    li t2, 0
1:  add t3, a0, t2
    sd t1, 0(t3)
    addi t1, t1, 2
    addi t2, t2, 8
    li t3, 0xff8
    and t2, t2, t3
    ld t3, 16(a1)
    beqz t3, 1b
    li t3, 1
    sd t3, 24(a1)
2:  ld t3, 16(a1)
    bnez t3, 2b
    j 1b
    .balign 4
storer_trap:
    csrr t4, sepc
    addi t4, t4, 4
    csrw sepc, t4
    sret
    .option pop

    .bss
    .balign 16
    .globl recovery
recovery:
    .skip 16
    .skip 8192
trap_stack_end:
    .skip 16384
main_stack_end:
