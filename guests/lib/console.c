/* The 16550 UART and formatted output. Registers by their names in the 16550's data sheet. */
#include "guest.h"

#define RBR (UART + 0)
#define THR (UART + 0)
#define IER (UART + 1)
#define LCR (UART + 3)
#define LSR (UART + 5)
#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY 0x20

#define PLIC_PRIORITY(source) (PLIC + 4ul * (source))
#define PLIC_ENABLE(context) (PLIC + 0x2000 + 0x80ul * (context))
#define PLIC_THRESHOLD(context) (PLIC + 0x200000 + 0x1000ul * (context))
#define PLIC_CLAIM(context) (PLIC + 0x200004 + 0x1000ul * (context))
#define MIE_MEIE (1u << 11)

/* The FIFOs stay as they are: turning them on would throw away what was typed before the guest was up. */
void console_init(void)
{
    out8(LCR, 0x03); /* 8 bits, no parity, one stop bit */
    out8(IER, 0x01); /* interrupt on received data */
    out32(PLIC_PRIORITY(UART_IRQ), 1);
    out32(PLIC_THRESHOLD(0), 0); /* context 0 is hart 0 in machine mode */
    out32(PLIC_ENABLE(0), 1u << UART_IRQ);
    csr_set(mie, MIE_MEIE); /* mstatus.MIE stays 0: the interrupt ends wfi and traps nowhere (priv 3.3.3) */
}

void put(char c)
{
    if (c == '\n')
        put('\r');
    while (!(in8(LSR) & LSR_THR_EMPTY))
        ;
    out8(THR, (uint8_t)c);
}

char get(void)
{
    while (!(in8(LSR) & LSR_DATA_READY)) {
        __asm__ volatile("wfi");
        uint32_t source = in32(PLIC_CLAIM(0));
        if (source)
            out32(PLIC_CLAIM(0), source);
    }
    return (char)in8(RBR);
}

static void number(uint64_t v, unsigned base, int width, char pad, int negative)
{
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    if (negative && pad == '0')
        put('-');
    for (int i = n + negative; i < width; i++)
        put(pad);
    if (negative && pad != '0')
        put('-');
    while (n)
        put(digits[--n]);
}

/* %c %s %d %u %x with l, a width and zero padding: what the guests need. */
void print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *p = format; *p; p++) {
        if (*p != '%') {
            put(*p);
            continue;
        }
        char pad = ' ';
        int width = 0, is_long = 0;
        if (*++p == '0')
            pad = *p++;
        while (*p >= '0' && *p <= '9')
            width = width * 10 + (*p++ - '0');
        while (*p == 'l') {
            is_long = 1;
            p++;
        }
        switch (*p) {
        case 'c':
            put((char)va_arg(args, int));
            break;
        case 's': {
            const char *s = va_arg(args, const char *);
            width -= (int)strlen(s);
            while (*s)
                put(*s++);
            while (width-- > 0)
                put(' ');
            break;
        }
        case 'd': {
            int64_t v = is_long ? va_arg(args, long) : va_arg(args, int);
            number(v < 0 ? -(uint64_t)v : (uint64_t)v, 10, width, pad, v < 0);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t v = is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned);
            number(v, *p == 'u' ? 10 : 16, width, pad, 0);
            break;
        }
        default:
            put(*p);
        }
    }
    va_end(args);
}
