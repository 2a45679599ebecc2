/*
 * Entry in supervisor mode on the boot hart, hart id in a0 and device tree in a1 (RISC-V boot convention), and the way
 * into and out of every trap.
 */
#include "frame.h"
#include "entry.h"

    .file "start.S" /* else the symbol table names a temporary file, and no two builds are alike */

    .section .text.start, "ax"
    .globl _start
_start:
    load_gp
    csrw sie, zero
    la t0, trap_entry
    csrw stvec, t0
    clear_bss
    la sp, trap_stack_end
    tail rtos_boot /* (hart, dtb) */

/*
 * Saves the interrupted task's registers in a struct frame on its own stack and calls trap(frame) on the stack that
 * all traps share: they do not nest. trap returns the frame of whoever is to go on.
 */
    .text
    .balign 4
    .globl trap_entry
trap_entry:
    addi sp, sp, -FRAME_SIZE
    save_interrupted
    addi t0, sp, FRAME_SIZE
    sd t0, 16(sp)
    csrr t0, sepc
    sd t0, FRAME_EPC(sp)
    csrr t0, sstatus
    sd t0, FRAME_STATUS(sp)
    mv a0, sp
    la sp, trap_stack_end
    call trap
    .globl frame_restore
frame_restore: /* (frame): also how the first task begins */
    mv sp, a0
    ld t0, FRAME_EPC(sp)
    csrw sepc, t0
    ld t0, FRAME_STATUS(sp)
    csrw sstatus, t0
    load_interrupted
    ld x2, 16(sp)
    sret

    .bss
    .balign 16
trap_stack:
    .skip 4096
trap_stack_end:
