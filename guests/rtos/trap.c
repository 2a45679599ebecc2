/* Interrupts: the timer, the software interrupt that asks for a switch, the PLIC. An exception is a defect. */
#include "kernel.h"
#include "sbi.h"

#define CAUSE_INTERRUPT (1ul << 63)
#define CAUSE_SOFTWARE (CAUSE_INTERRUPT | 1)
#define CAUSE_TIMER (CAUSE_INTERRUPT | 5)
#define CAUSE_EXTERNAL (CAUSE_INTERRUPT | 9)
#define SIE_ALL (1u << 1 | 1u << 5 | 1u << 9)

/* Hart 0's supervisor context; context 0 is its machine mode's. */
#define CONTEXT 1
#define PLIC_PRIORITY(source) (PLIC + 4ul * (source))
#define PLIC_ENABLE(source) (PLIC + 0x2000 + 0x80 * CONTEXT + (source) / 32 * 4)
#define PLIC_THRESHOLD (PLIC + 0x200000 + 0x1000 * CONTEXT)
#define PLIC_CLAIM (PLIC_THRESHOLD + 4)
#define SOURCES 128

static struct {
    void (*handler)(void *);
    void *argument;
} handlers[SOURCES];

void trap_init(void)
{
    out32(PLIC_THRESHOLD, 0);
    csr_write(sie, SIE_ALL);
}

void irq_attach(unsigned source, void (*handler)(void *), void *argument)
{
    if (source == 0 || source >= SOURCES)
        panic("interrupt source %u is not one of 1 to %u", source, SOURCES - 1);
    uint64_t irq = irq_save();
    handlers[source].handler = handler;
    handlers[source].argument = argument;
    out32(PLIC_PRIORITY(source), 1);
    out32(PLIC_ENABLE(source), in32(PLIC_ENABLE(source)) | 1u << source % 32);
    irq_restore(irq);
}

static void external(void)
{
    for (uint32_t source; (source = in32(PLIC_CLAIM));) {
        if (source < SOURCES && handlers[source].handler)
            handlers[source].handler(handlers[source].argument);
        out32(PLIC_CLAIM, source);
    }
}

/* From start.S, with interrupts off. */
struct frame *trap(struct frame *frame);
struct frame *trap(struct frame *frame)
{
    uint64_t cause = csr_read(scause);
    switch (cause) {
    case CAUSE_SOFTWARE:
        break; /* task_switch is what it asks for */
    case CAUSE_TIMER:
        task_timer();
        break;
    case CAUSE_EXTERNAL:
        external();
        break;
    default:
        panic("task %s: exception %lu at %lx, stval %lx, ra %lx, sp %lx", task_current()->name, cause, frame->epc,
              csr_read(stval), frame->x[1], frame->x[2]);
    }
    return task_switch(frame);
}

void panic(const char *format, ...)
{
    irq_save();
    va_list args;
    va_start(args, format);
    print("\nPANIC: ");
    vprint(format, args);
    print("\n");
    va_end(args);
    sbi_call(SBI_SRST, SBI_SRST_RESET, SBI_SRST_SHUTDOWN, SBI_SRST_SYSTEM_FAILURE, 0);
    for (;;)
        __asm__ volatile("wfi");
}
