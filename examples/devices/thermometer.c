/*
 * Reads the thermometer of Thermometer.java in a stock Linux, which has no driver for it: its registers through
 * /dev/mem, and its interrupt as an edge on the pin of the GPIO controller that the device tree names. Must be root.
 */
#include <endian.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NODE "/proc/device-tree/soc/thermometer@*/"

enum { ID, CONTROL, PERIOD, STATUS, VALUE, COUNT }; /* words */

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* A property of the device's node, whole. */
static void property(const char *pattern, void *to, size_t size)
{
    glob_t found;
    FILE *file = glob(pattern, 0, 0, &found) ? 0 : fopen(found.gl_pathv[0], "rb");
    if (!file || fread(to, 1, size, file) != size)
        fail(pattern);
    fclose(file);
    globfree(&found);
}

/* A descriptor that becomes readable when the pin rises. */
static int pin(uint32_t number)
{
    struct gpiochip_info chip;
    glob_t found;
    if (glob("/dev/gpiochip*", 0, 0, &found))
        fail("/dev/gpiochip*");
    for (size_t n = 0; n < found.gl_pathc; n++) {
        int fd = open(found.gl_pathv[n], O_RDWR);
        if (fd >= 0 && !ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, &chip) && !strcmp(chip.label, "4010000.gpio")) {
            struct gpio_v2_line_request line = {.offsets = {number}, .consumer = "thermometer", .num_lines = 1};
            line.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING;
            if (ioctl(fd, GPIO_V2_GET_LINE_IOCTL, &line))
                fail("GPIO_V2_GET_LINE");
            return line.fd;
        }
    }
    fail("no GPIO controller 4010000.gpio");
    return -1;
}

int main(int argc, char **argv)
{
    int samples = argc > 1 ? atoi(argv[1]) : 4;
    uint64_t reg[2];
    uint32_t gpio[3];
    property(NODE "reg", reg, sizeof reg);
    property(NODE "interrupt-gpios", gpio, sizeof gpio);
    int memory = open("/dev/mem", O_RDWR | O_SYNC);
    if (memory < 0)
        fail("/dev/mem");
    volatile uint32_t *device =
        mmap(0, be64toh(reg[1]), PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)be64toh(reg[0]));
    if (device == MAP_FAILED)
        fail("mmap");
    int edges = pin(be32toh(gpio[1]));
    device[PERIOD] = 10000;
    device[CONTROL] = 3;
    for (int n = 0; n < samples; n++) {
        struct gpio_v2_line_event event;
        if (read(edges, &event, sizeof event) != sizeof event)
            fail("the pin");
        int value = (int)device[VALUE];
        device[STATUS] = 1; /* the line falls, and may rise again */
        printf("%d.%03d degrees\n", value / 1000, abs(value % 1000));
    }
    device[CONTROL] = 0;
    return 0;
}
