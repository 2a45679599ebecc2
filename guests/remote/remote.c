/*
 * A board whose devices have their other ends elsewhere: it answers lines that come on the serial port "far", and
 * lights the LED at pin 1 as long as the button at pin 0 is held.
 *
 *   t        what the temperature sensor says, in 16ths of a degree, or that it does not answer
 *   m        whether there is a carrier on that port
 *   q        ends the machine
 *   others   the same again
 *
 * On the console it tells of the carrier whenever that changes.
 */
#include "guest.h"

/* ns16550a: PC16550D data sheet, section 8 */
#define DATA 0
#define LSR 5
#define MSR 6
#define LSR_READY 1
#define MSR_CARRIER 0x80

/* FU540-C000 manual, chapter 17 */
#define INPUT_VAL 0x00
#define INPUT_EN 0x04
#define OUTPUT_EN 0x08
#define OUTPUT_VAL 0x0c

/* OpenCores I2C, section 3; where docs/board.md has the first one */
#define I2C 0x04020000ul
#define CONTROL 2
#define BYTE 3
#define COMMAND 4
#define ENABLE 0x80
#define START 0x80
#define STOP 0x40
#define READ 0x20
#define WRITE 0x10
#define NACK 0x08
#define REFUSED 0x80
#define SENSOR 0x48

static uintptr_t port;

static void say(const char *text)
{
    while (*text)
        out8(port + DATA, (uint8_t)*text++);
}

/* A byte to whoever is selected; whether it is taken. */
static int send(uint8_t byte, uint8_t how)
{
    out8(I2C + BYTE, byte);
    out8(I2C + COMMAND, WRITE | how);
    return !(in8(I2C + COMMAND) & REFUSED);
}

static uint8_t receive(uint8_t how)
{
    out8(I2C + COMMAND, READ | how);
    return in8(I2C + BYTE);
}

/* In 16ths of a degree; 0 if the sensor does not say. */
static int measure(int *value)
{
    out8(I2C + CONTROL, ENABLE);
    int there = send(SENSOR << 1, START) && send(1, 0) && send(0x60, 0); /* 12 bits */
    there = there && send(SENSOR << 1, START) && send(0, 0) && send(SENSOR << 1 | 1, START);
    if (!there) {
        out8(I2C + COMMAND, STOP);
        return 0;
    }
    uint8_t upper = receive(0);
    *value = (int16_t)(upper << 8 | receive(NACK | STOP)) >> 4;
    return 1;
}

static void tell(int value)
{
    char text[16], *at = text + sizeof text;
    unsigned left = value < 0 ? -value : value;
    *--at = 0;
    *--at = '\n';
    do
        *--at = '0' + left % 10;
    while (left /= 10);
    if (value < 0)
        *--at = '-';
    say(at);
}

/* Whether it goes on. */
static int answer(const char *line)
{
    int value;
    if (line[0] == 'q' && !line[1])
        return 0;
    if (line[0] == 't' && !line[1]) {
        if (measure(&value))
            tell(value);
        else
            say("no answer\n");
    } else if (line[0] == 'm' && !line[1]) {
        say(in8(port + MSR) & MSR_CARRIER ? "carrier\n" : "nobody\n");
    } else {
        say(line);
        say("\n");
    }
    return 1;
}

int main(uint64_t hart, const void *dtb)
{
    struct fdt_device serial, gpio;
    char line[64];
    unsigned length = 0;
    int carrier = -1;
    (void)hart;
    if (!fdt_find(dtb, "ns16550a", "far", &serial) || !fdt_find(dtb, "sifive,gpio0", 0, &gpio)) {
        print("there is no serial port far, or no button\n");
        return 1;
    }
    port = serial.reg[0];
    out32(gpio.reg[0] + INPUT_EN, 1);
    out32(gpio.reg[0] + OUTPUT_EN, 2);
    for (;;) {
        out32(gpio.reg[0] + OUTPUT_VAL, (in32(gpio.reg[0] + INPUT_VAL) & 1) << 1);
        int now = !!(in8(port + MSR) & MSR_CARRIER);
        if (now != carrier)
            print(now ? "carrier\n" : "nobody\n");
        carrier = now;
        if (!(in8(port + LSR) & LSR_READY) && !(in8(port + LSR) & LSR_READY))
            continue;
        char c = (char)in8(port + DATA);
        if (c != '\n') {
            if (length < sizeof line - 1)
                line[length++] = c;
            continue;
        }
        line[length] = 0;
        length = 0;
        if (!answer(line))
            return 0;
    }
}
