/* Entry in supervisor mode, on one hart and without traps. */
    .file "start.S" /* else the symbol table names a temporary file, and no two builds are alike */

    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  la sp, stack_end
    call standin_main
    li a0, 0
    call finish

    .bss
    .balign 16
    .skip 8192
stack_end:
