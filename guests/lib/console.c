/* The 16550 UART in machine mode. Registers by their names in the 16550's data sheet. */
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
