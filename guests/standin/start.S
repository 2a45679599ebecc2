/* Entry in supervisor mode, on one hart and without traps. */
#include "entry.h"

    .file "start.S" /* else the symbol table names a temporary file, and no two builds are alike */

    .section .text.start, "ax"
    .globl _start
_start:
    load_gp
    clear_bss
    la sp, stack_end
    call standin_main
    li a0, 0
    call finish

    .bss
    .balign 16
    .skip 8192
stack_end:
