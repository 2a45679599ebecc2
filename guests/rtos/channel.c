/* The driver of Atoll's channel device (docs/channels.md). */
#include "kernel.h"
#include "channel_registers.h"

static void rung(void *argument)
{
    struct channel *c = argument;
    uint32_t bits = in32(c->registers + CHANNEL_PENDING);
    out32(c->registers + CHANNEL_PENDING, bits);
    c->pending |= bits;
    if (!c->rung.count)
        semaphore_post(&c->rung);
}

int channel_open(struct channel *c, const void *dtb, const char *name)
{
    struct fdt_device device;
    if (!fdt_find(dtb, "atoll,channel", name, &device) || in32(device.reg[0] + CHANNEL_MAGIC) != CHANNEL_MAGIC_VALUE)
        return 0;
    *c = (struct channel){
        .registers = device.reg[0], .window = (volatile void *)device.reg[2], .size = device.reg[3]};
    irq_attach(device.interrupt, rung, c);
    out32(c->registers + CHANNEL_ENABLE, 0xffffffff);
    return 1;
}

int channel_peer_up(const struct channel *c)
{
    return (in32(c->registers + CHANNEL_STATUS) & CHANNEL_STATUS_PEER_UP) != 0;
}

/* What was stored into the window before is there when the other side is rung. */
void channel_ring(const struct channel *c, uint32_t bits)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
    out32(c->registers + CHANNEL_RING, bits);
}

uint32_t channel_wait(struct channel *c, uint64_t deadline)
{
    semaphore_wait(&c->rung, deadline);
    uint64_t irq = irq_save();
    uint32_t bits = c->pending;
    c->pending = 0;
    irq_restore(irq);
    return bits;
}
