/* Serves an I2C bus of another VM: who the chips are is the application's (docs/i2c.md). */
#include "i2c.h"
#include "rtos.h"

int i2c_open(struct i2c_bus *bus, const void *dtb, const char *name, struct i2c_chip *const *chips, unsigned count)
{
    *bus = (struct i2c_bus){.chips = chips, .count = count};
    return channel_open(&bus->channel, dtb, name);
}

static struct i2c_chip *at(const struct i2c_bus *bus, uint32_t address)
{
    for (unsigned i = 0; i < bus->count; i++)
        if (bus->chips[i]->address == address)
            return bus->chips[i];
    return 0;
}

/* The address, and whether it is to be read from or written to. */
static int begin(struct i2c_bus *bus, uint32_t byte)
{
    bus->selected = at(bus, byte >> 1);
    bus->reads = byte & 1;
    if (bus->selected)
        bus->selected->begin(bus->selected, bus->reads);
    return bus->selected != 0;
}

static uint32_t answer(struct i2c_bus *bus, uint32_t word)
{
    uint32_t byte = word & I2C_BYTE;
    int ack = 1;
    if (word & I2C_ASK_WRITE) {
        if (word & I2C_ASK_START)
            ack = begin(bus, byte);
        else
            ack = bus->selected && !bus->reads && bus->selected->take(bus->selected, (uint8_t)byte);
    } else if (word & I2C_ASK_READ) {
        ack = bus->selected && bus->reads;
        byte = ack ? bus->selected->give(bus->selected) : 0xff;
    }
    if (word & I2C_ASK_STOP)
        bus->selected = 0;
    return I2C_WORD | (word & I2C_NUMBER) | (ack ? I2C_ANSWER_ACK : 0) | byte;
}

void i2c_serve(struct i2c_bus *bus)
{
    uint32_t word = channel_wait(&bus->channel, NEVER);
    if (word & CHANNEL_PEER_CHANGED)
        bus->selected = 0;
    if (word & I2C_WORD)
        channel_ring(&bus->channel, answer(bus, word));
}
