/* What every guest has: a console, formatted output, traps, the device tree, and a way out. */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"

#define csr_read(csr)                                       \
    ({                                                      \
        uint64_t v_;                                        \
        __asm__ volatile("csrr %0, " #csr : "=r"(v_));      \
        v_;                                                 \
    })
#define csr_write(csr, v) __asm__ volatile("csrw " #csr ", %0" ::"rK"((uint64_t)(v)) : "memory")
#define csr_set(csr, v) __asm__ volatile("csrs " #csr ", %0" ::"rK"((uint64_t)(v)) : "memory")
#define csr_clear(csr, v) __asm__ volatile("csrc " #csr ", %0" ::"rK"((uint64_t)(v)) : "memory")

static inline uint8_t in8(uintptr_t a) { return *(volatile uint8_t *)a; }
static inline void out8(uintptr_t a, uint8_t v) { *(volatile uint8_t *)a = v; }
static inline uint32_t in32(uintptr_t a) { return *(volatile uint32_t *)a; }
static inline void out32(uintptr_t a, uint32_t v) { *(volatile uint32_t *)a = v; }
static inline void out64(uintptr_t a, uint64_t v) { *(volatile uint64_t *)a = v; }

/* The guest's own: entered on hart 0 with the others waiting. Returning ends the machine with that code. */
int main(uint64_t hart, const void *dtb);

/* Entered on every other hart once main has begun; optional. */
void hart_main(uint64_t hart);

/* console.c: the UART, by polling for output and by interrupt and wfi for input. */
void console_init(void);
char get(void);

/* Whatever console there is. */
void put(char c);

/* print.c: %c %s %d %u %x with l, a width and zero padding. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vprint(const char *format, va_list args);

/* finish.c: ends the machine through the test finisher; 0 is success. */
void finish(int code) __attribute__((noreturn));

/* Everything a handler may look at or change; laid out by trap_entry. */
struct trap_frame {
    uint64_t x[32]; /* x[0] is unused; x[2] is the stack pointer before the trap and is only for reading */
    uint64_t epc, cause, tval;
};

/* trap.c: skips `count` further exceptions and keeps the last, or else reports a trap and ends the machine. */
struct trap_record {
    uint64_t cause, epc, tval;
    unsigned count;
};
extern struct trap_record trap_last[MAX_HARTS];
void trap_expect(unsigned count);
void on_trap(struct trap_frame *frame);
const char *cause_name(uint64_t cause);

/* fdt.c: what a guest wants to know of its device tree. Each takes a missing tree (null) as an empty one. */
unsigned fdt_harts(const void *dtb);
uint32_t fdt_timebase(const void *dtb); /* ticks of `time` a second, 0 if the tree does not say */
const char *fdt_model(const void *dtb);
const char *fdt_bootargs(const void *dtb);
int fdt_has_extension(const void *dtb, const char *name); /* of hart 0: a multi-letter name such as "sstc" */

/* A device of the board: the first with that label, or with any if the label is null; 0 if there is none. */
struct fdt_device {
    uint64_t reg[4]; /* address and size, twice if there are two ranges */
    uint32_t interrupt;
};
int fdt_find(const void *dtb, const char *compatible, const char *label, struct fdt_device *found);
int fdt_memory(const void *dtb, struct fdt_device *found); /* RAM, in the same way */

/* Random bytes from whoever booted the machine (/chosen/rng-seed), in place; null if there are none. */
uint8_t *fdt_seed(const void *dtb, size_t *size);

/* The value of "NAME=" in the boot arguments as a number, or `otherwise`. */
uint64_t fdt_argument(const void *dtb, const char *name, uint64_t otherwise);
/* The same as text, which ends at a blank; null if it is not there. */
const char *fdt_argument_text(const void *dtb, const char *name);

/* string.c: also what the compiler itself calls. */
void *memset(void *d, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

/* A value as a big-endian register or structure has it; no library has it for us. */
static inline uint64_t big64(uint64_t v)
{
    uint64_t swapped = 0;
    for (int i = 0; i < 8; i++, v >>= 8)
        swapped = swapped << 8 | (v & 0xff);
    return swapped;
}

#endif
