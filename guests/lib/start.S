/*
 * Entry in machine mode. Every hart arrives here at once with its number in a0 and the device tree in a1 (the
 * convention of every boot loader for this board). Hart 0 clears .bss and calls main(hart, dtb); the others wait for
 * it and then call hart_main(hart).
 */
#include "board.h"
#include "entry.h"

    .file "start.S" /* else the symbol table names a temporary file, and no two builds are alike */

    .section .text.start, "ax"
    .globl _start
_start:
    load_gp
    csrw mie, zero
    la t0, trap_entry
    csrw mtvec, t0
    csrr s0, mhartid
    mv s1, a1
    li t0, MAX_HARTS
    bgeu s0, t0, park
    addi t1, s0, 1
    li t0, STACK_SIZE
    mul t1, t1, t0
    la sp, __stacks
    add sp, sp, t1
    li t0, 0x2000 /* mstatus.FS = Initial: floating point is on, also for what the compiler emits */
    csrs mstatus, t0
    bnez s0, wait

    clear_bss
    fence rw, w
    la t0, released /* lies in .data: clearing .bss must not race with those who read it */
    li t1, 1
    sw t1, 0(t0)
    mv a0, s0
    mv a1, s1
    call main
    call finish

wait:
    la t0, released
1:  lw t1, 0(t0)
    beqz t1, 1b
    fence r, rw
    mv a0, s0
    call hart_main
park:
    wfi
    j park

    .weak hart_main
hart_main:
    j park

    .section .data
    .balign 4
released:
    .word 0

/*
 * Saves what C may change and everything a handler wants to see in a struct trap_frame on the current stack.
 * x2 is the stack pointer from before the trap, so that a report shows what the interrupted code had.
 */
    .section .text
    .balign 4
    .globl trap_entry
trap_entry:
    addi sp, sp, -288
    save_interrupted
    addi t0, sp, 288
    sd t0, 16(sp)
    csrr t0, mepc
    sd t0, 256(sp)
    csrr t0, mcause
    sd t0, 264(sp)
    csrr t0, mtval
    sd t0, 272(sp)
    mv a0, sp
    call on_trap
    ld t0, 256(sp)
    csrw mepc, t0
    load_interrupted
    addi sp, sp, 288
    mret
