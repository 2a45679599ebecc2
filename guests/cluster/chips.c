/*
 * A TMP102 of Texas Instruments, which measures the coolant, and an MCP4725 of Microchip, whose output drives the
 * radiator's fan: both as their data sheets have them, so that a general operating system's own drivers work.
 */
#include "chips.h"

#define THERMOMETER 0x48
#define FAN 0x60

/* TMP102 (SBOS397), 7.5: registers of 16 bits, the high byte first. */
enum { TEMPERATURE, CONFIGURATION, LOW, HIGH, REGISTERS };
#define CONFIGURATION_RESET 0x60a0
#define CONFIGURATION_FIXED 0x6000 /* the resolution, which is read only */
#define CONFIGURATION_EXTENDED 0x0010
#define SIXTEENTH 62500u /* of a degree, in millionths */

static struct {
    uint16_t registers[REGISTERS];
    unsigned pointer, byte;
} thermometer = {{0, CONFIGURATION_RESET, 75 << 8, 80 << 8}, 0, 0};

/* MCP4725 (DS22039), 6: fast writes of two bytes, or a command and two; reads of five. */
#define DAC_COMMAND 0x40 /* writes the register, and with 0x60 the memory that is kept too */
static struct {
    uint8_t written[3];
    unsigned byte;
} dac;

static struct model *car;
static struct i2c_bus bus;

static uint16_t measured(void)
{
    uint32_t sixteenths = car->coolant / SIXTEENTH;
    return (uint16_t)(thermometer.registers[CONFIGURATION] & CONFIGURATION_EXTENDED ? sixteenths << 3 | 1
                                                                                     : sixteenths << 4);
}

static void thermometer_begin(struct i2c_chip *chip, int reads)
{
    (void)chip;
    thermometer.byte = 0;
    if (reads && thermometer.pointer == TEMPERATURE)
        thermometer.registers[TEMPERATURE] = measured(); /* both bytes of one measurement */
}

static int thermometer_take(struct i2c_chip *chip, uint8_t byte)
{
    (void)chip;
    uint16_t *reg = &thermometer.registers[thermometer.pointer];
    int kept = thermometer.pointer != TEMPERATURE;
    if (!thermometer.byte)
        thermometer.pointer = byte % REGISTERS;
    else if (kept && thermometer.byte == 1)
        *reg = (uint16_t)((*reg & 0x00ff) | byte << 8);
    else if (kept && thermometer.byte == 2)
        *reg = (uint16_t)((*reg & 0xff00) | byte);
    thermometer.registers[CONFIGURATION] |= CONFIGURATION_FIXED;
    thermometer.byte++;
    return 1;
}

static uint8_t thermometer_give(struct i2c_chip *chip)
{
    (void)chip;
    uint16_t reg = thermometer.registers[thermometer.pointer];
    return (uint8_t)(thermometer.byte++ & 1 ? reg : reg >> 8);
}

static void dac_begin(struct i2c_chip *chip, int reads)
{
    (void)chip;
    (void)reads;
    dac.byte = 0;
}

static int dac_take(struct i2c_chip *chip, uint8_t byte)
{
    (void)chip;
    int fast = (dac.byte ? dac.written[0] : byte) < DAC_COMMAND;
    dac.written[dac.byte++] = byte;
    if (fast && dac.byte == 2)
        car->fan = (uint32_t)(dac.written[0] & 0xf) << 8 | byte;
    else if (!fast && dac.byte == 3)
        car->fan = (uint32_t)dac.written[1] << 4 | byte >> 4;
    else
        return 1;
    dac.byte = 0; /* the next value may follow */
    return 1;
}

/* Ready, with power; the value in use, and the one that is kept, which is the same here. */
static uint8_t dac_give(struct i2c_chip *chip)
{
    (void)chip;
    uint8_t bytes[] = {0xc0, (uint8_t)(car->fan >> 4), (uint8_t)(car->fan << 4), (uint8_t)(car->fan >> 8),
                       (uint8_t)car->fan};
    return bytes[dac.byte++ % sizeof bytes];
}

int chips_open(const void *dtb, struct model *model)
{
    static struct i2c_chip on_bus[] = {{THERMOMETER, thermometer_begin, thermometer_take, thermometer_give},
                                       {FAN, dac_begin, dac_take, dac_give}};
    static struct i2c_chip *const chips[] = {&on_bus[0], &on_bus[1]};
    car = model;
    return i2c_open(&bus, dtb, CHIPS_CHANNEL, chips, sizeof chips / sizeof *chips);
}

void chips_serve(void *unused)
{
    (void)unused;
    for (;;)
        i2c_serve(&bus);
}
