/* Into a block and out of it, with every register; struct context in differential.c gives the offsets. */
    .file "run.S"
    .section .text
    .globl run_block
run_block:
    addi sp, sp, -112
    sd ra, 0(sp)
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11
    sd s\r, 8+8*\r(sp)
    .endr
    sd sp, 544(a0)
    sd gp, 104(sp)
    csrw mscratch, a0
    la t0, block_trap
    csrw mtvec, t0
    li t0, 0x2000           /* FS on, to load the registers */
    csrs mstatus, t0
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\r, 256+8*\r(a0)
    .endr
    ld t0, 512(a0)
    fscsr t0
    ld t0, 520(a0)
    csrw mepc, t0
    li t0, 0xc0007e79aa     /* all that a block may have changed, or wants otherwise */
    csrc mstatus, t0
    ld t0, 528(a0)
    csrs mstatus, t0
    csrr t0, minstret
    ld t1, 552(a0)
    sub t1, t1, t0
    addi t1, t1, -36        /* the instructions from here to the block */
    sd t1, 552(a0)
    mv x31, a0
    .irp r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    ld x\r, 8*\r(x31)
    .endr
    ld x31, 248(x31)
    mret

    .balign 4
block_trap:
    csrrw x31, mscratch, x31
    sd x5, 40(x31)
    csrr x5, minstret
    .irp r, 1,2,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    sd x\r, 8*\r(x31)
    .endr
    ld x6, 552(x31)         /* what the handler itself retires is not counted */
    add x6, x6, x5
    addi x6, x6, -3
    sd x6, 552(x31)
    csrr t0, mscratch
    sd t0, 248(x31)
    csrw mscratch, x31
    mv s0, x31
    csrr a1, mcause
    csrr a2, mepc
    csrr a3, mtval
    ld t0, 536(s0)
    beq a2, t0, leave
    ld sp, 544(s0)
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    addi t1, sp, -16        /* a reservation must not outlive a trap on one machine and not on the other */
    sc.d zero, zero, (t1)
    mv a0, s0
    call trapped
    csrw mepc, a0
    csrr t0, minstret
    ld t1, 552(s0)
    sub t1, t1, t0
    addi t1, t1, -36
    sd t1, 552(s0)
    mv x31, s0
    .irp r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    ld x\r, 8*\r(x31)
    .endr
    ld x31, 248(x31)
    mret

leave:
    li t0, 0x20000          /* MPRV off: what follows is the harness's own */
    csrc mstatus, t0
    li t0, 0x2000
    csrs mstatus, t0
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\r, 256+8*\r(s0)
    .endr
    frcsr t0
    sd t0, 512(s0)
    ld sp, 544(s0)
    addi t1, sp, -16
    sc.d zero, zero, (t1)
    ld ra, 0(sp)
    ld gp, 104(sp)
    mv t0, s0
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11
    ld s\r, 8+8*\r(sp)
    .endr
    addi sp, sp, 112
    la t1, trap_entry
    csrw mtvec, t1
    ret
