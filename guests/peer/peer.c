/*
 * One of several machines that share memory by ivshmem, without an operating system's driver: finds the function on
 * its bus and puts it somewhere. Whenever it is rung, it answers: the text at the memory's start, in capitals, 64 bytes
 * further; and rings the machine whose number is the byte at 128.
 */
#include "rtos.h"

#define ECAM 0x30000000ul
#define FUNCTION 0x8000ul
#define DEVICES 32
#define IVSHMEM 0x11101af4u
#define REGISTERS 0x40000000ul
#define MEMORY 0x50000000ul /* a multiple of any size that there can be here */
#define PCI_SOURCE 32
#define PINS 4

/* PCI Express §7.5.1. */
#define COMMAND 0x04
#define COMMAND_MEMORY_AND_MASTER 6u
#define BAR0 0x10
#define BAR2 0x18

/* QEMU's docs/specs/ivshmem-spec. */
#define MASK 0x00
#define STATUS 0x04
#define POSITION 0x08
#define DOORBELL 0x0c

#define TEXT 64
#define ASKER 128

static struct semaphore rung_now;

static void rung(void *unused)
{
    (void)unused;
    if (in32(REGISTERS + STATUS) && !rung_now.count)
        semaphore_post(&rung_now);
}

static void answer(void)
{
    volatile uint8_t *memory = (volatile uint8_t *)MEMORY;
    for (unsigned i = 0; i < TEXT; i++) {
        uint8_t c = memory[i];
        memory[TEXT + i] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
    }
    __asm__ volatile("fence rw, rw" ::: "memory");
    out32(REGISTERS + DOORBELL, (uint32_t)memory[ASKER] << 16);
}

static void serve(void *unused)
{
    (void)unused;
    for (unsigned n = 1;; n++) {
        semaphore_wait(&rung_now, NEVER);
        answer();
        console_print("peer: answer %u\n", n);
    }
}

static unsigned find(void)
{
    for (unsigned device = 1; device < DEVICES; device++)
        if (in32(ECAM + device * FUNCTION) == IVSHMEM)
            return device;
    panic("there is no ivshmem on the bus");
}

void app_start(const void *dtb)
{
    static struct task task;
    static char stack[2048] STACK_ALIGNED;
    (void)dtb;
    unsigned device = find();
    uintptr_t function = ECAM + device * FUNCTION;
    out32(function + BAR0, REGISTERS);
    out32(function + BAR2, MEMORY);
    out32(function + BAR2 + 4, 0);
    out32(function + COMMAND, COMMAND_MEMORY_AND_MASTER);
    irq_attach(PCI_SOURCE + device % PINS, rung, 0);
    task_create(&task, "serve", 10, serve, 0, stack, sizeof stack);
    print("peer: I am %u\n", in32(REGISTERS + POSITION));
    out32(REGISTERS + MASK, 1);
}
