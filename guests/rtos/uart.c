/* The console: a 16550. Output waits for the line, input comes by interrupt. Registers by their data sheet's names. */
#include "kernel.h"

#define RBR (UART + 0)
#define THR (UART + 0)
#define IER (UART + 1)
#define LCR (UART + 3)
#define LSR (UART + 5)
#define IER_RECEIVED 0x01
#define LCR_8_BITS 0x03
#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY 0x20

static struct queue keys;
static char keys_buffer[32];
static struct mutex line;

void put(char c)
{
    if (c == '\n')
        put('\r');
    while (!(in8(LSR) & LSR_THR_EMPTY))
        ;
    out8(THR, (uint8_t)c);
}

/* What nobody reads in time is lost, as on any serial line. */
static void received(void *unused)
{
    (void)unused;
    while (in8(LSR) & LSR_DATA_READY) {
        char c = (char)in8(RBR);
        queue_offer(&keys, &c);
    }
}

void uart_init(const void *dtb)
{
    struct fdt_device uart;
    out8(LCR, LCR_8_BITS);
    queue_init(&keys, keys_buffer, 1, sizeof keys_buffer);
    irq_attach(fdt_find(dtb, "ns16550a", 0, &uart) ? uart.interrupt : UART_IRQ, received, 0);
    out8(IER, IER_RECEIVED);
}

void console_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    mutex_lock(&line);
    vprint(format, args);
    mutex_unlock(&line);
    va_end(args);
}

int console_key(uint64_t deadline)
{
    char c;
    return queue_receive(&keys, &c, deadline) ? (unsigned char)c : -1;
}
