/* The board that guests run on: addresses of QEMU's and Atoll's `virt` machine. */
#ifndef BOARD_H
#define BOARD_H

#define FINISHER 0x00100000ul
#define CLINT 0x02000000ul
#define PLIC 0x0c000000ul
#define UART 0x10000000ul
#define UART_IRQ 10
#define MAX_HARTS 32
#define STACK_SIZE 16384 /* bytes for each hart; lib/guest.ld has room for all of them */

#endif
