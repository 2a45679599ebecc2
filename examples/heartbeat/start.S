# The first instructions: a stack, and on to C. The hart's number is in a0 and the device tree in a1, as C expects them.
    .section .text.start, "ax"
    .globl _start
_start:
    la sp, stack_end
    j heartbeat

    .bss
    .balign 16
    .space 4096
stack_end:
