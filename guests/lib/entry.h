/* What entries and traps in assembly have in common, as macros: for .S files only. */

    .macro load_gp
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    .endm

/* Changes t0 and t1. */
    .macro clear_bss
    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:
    .endm

/* All registers but the stack pointer, each at 8 times its number behind it: what a trap interrupts. */
    .macro save_interrupted
    sd x1, 8(sp)
    .irp r, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\r, 8*\r(sp)
    .endr
    .endm

    .macro load_interrupted
    ld x1, 8(sp)
    .irp r, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\r, 8*\r(sp)
    .endr
    .endm

/* The return address and s0 to s11, with room for them: what a call keeps. */
    .macro push_kept
    addi sp, sp, -112
    sd ra, 0(sp)
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11
    sd s\r, 8+8*\r(sp)
    .endr
    .endm

    .macro pop_kept
    ld ra, 0(sp)
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11
    ld s\r, 8+8*\r(sp)
    .endr
    addi sp, sp, 112
    .endm
