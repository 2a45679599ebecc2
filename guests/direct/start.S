/* Entry in supervisor mode, on one hart; traps are the kernel's. */
#include "entry.h"

    .file "start.S" /* else the symbol table names a temporary file, and no two builds are alike */

    .section .text.start, "ax"
    .globl _start
_start:
    load_gp
    clear_bss
    la sp, stack_end
    call supervisor_main /* (hart, dtb) */

    .bss
    .balign 16
    .skip 16384
stack_end:
