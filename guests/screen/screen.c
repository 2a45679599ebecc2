/*
 * Shows a picture on a virtio GPU and draws into it what a virtio keyboard and tablet report (virtio 1.2, sections 5.7
 * and 5.8). Every event is printed too. Caps Lock has its light, and Q ends the machine.
 */
#include "virtqueue.h"

#define WIDTH 320
#define HEIGHT 200
#define SIDE 16 /* of the square that each key draws */

#define GPU 16
#define INPUT 18

#define RESOURCE_CREATE_2D 0x101
#define SET_SCANOUT 0x103
#define RESOURCE_FLUSH 0x104
#define TRANSFER_TO_HOST_2D 0x105
#define RESOURCE_ATTACH_BACKING 0x106
#define OK_NODATA 0x1100
#define B8G8R8X8 2

#define EV_SYN 0
#define EV_KEY 1
#define EV_ABS 3
#define EV_LED 0x11
#define KEY_Q 16
#define KEY_CAPSLOCK 58
#define LED_CAPSL 1

#define PIECES 4

struct header {
    uint32_t type, flags;
    uint64_t fence;
    uint32_t context, ring;
};
struct rectangle {
    uint32_t x, y, width, height;
};
struct event {
    uint16_t type, code;
    uint32_t value;
};

static uint32_t pixels[WIDTH * HEIGHT] __attribute__((aligned(4096)));
static struct virtqueue control, status;
static struct input {
    struct virtqueue queue;
    struct event events[ENTRIES];
} inputs[2];
static struct {
    struct header header;
    uint32_t body[4 + 4 * PIECES];
} command;
static volatile struct header answer;
static struct event light;
static uint32_t x, y;

/* One command, by polling. */
static void run(uint32_t type, unsigned words)
{
    command.header = (struct header){type, 0, 0, 0, 0};
    answer.type = 0;
    control.descriptors[0] =
        (struct descriptor){(uintptr_t)&command, sizeof command.header + 4 * words, DESC_NEXT, 1};
    control.descriptors[1] = (struct descriptor){(uintptr_t)&answer, sizeof answer, DESC_WRITE, 0};
    virtqueue_offer(&control, 0);
    while (virtqueue_take(&control) < 0)
        ;
    if (answer.type != OK_NODATA) {
        print("screen: command %x: %x\n", type, answer.type);
        finish(1);
    }
}

static void set(unsigned first, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t *to = command.body + first;
    to[0] = a, to[1] = b, to[2] = c, to[3] = d;
}

/* Brings a part of the picture to the host, and shows it. */
static void show(struct rectangle part)
{
    set(0, part.x, part.y, part.width, part.height);
    set(4, 4 * (part.y * WIDTH + part.x), 0, 1, 0);
    run(TRANSFER_TO_HOST_2D, 8);
    set(4, 1, 0, 0, 0);
    run(RESOURCE_FLUSH, 6);
}

static void square(uint32_t left, uint32_t top, uint32_t side, uint32_t colour)
{
    if (left > WIDTH - side)
        left = WIDTH - side;
    if (top > HEIGHT - side)
        top = HEIGHT - side;
    for (uint32_t i = 0; i < side * side; i++)
        pixels[(top + i / side) * WIDTH + left + i % side] = colour;
    show((struct rectangle){left, top, side, side});
}

static int start(void)
{
    uintptr_t gpu = virtio_find(GPU, 0);
    if (!gpu || !virtio_begin(gpu, 0) || !virtqueue_start(&control, gpu, 0))
        return 0;
    virtio_ok(gpu);
    for (unsigned n = 0; n < 2; n++) {
        struct input *input = &inputs[n];
        uintptr_t device = virtio_find(INPUT, n);
        if (!device || !virtio_begin(device, 0) || !virtqueue_start(&input->queue, device, 0))
            return 0;
        if (n == 0 && !virtqueue_start(&status, device, 1))
            return 0;
        virtio_ok(device);
        for (uint16_t i = 0; i < ENTRIES; i++) {
            input->queue.descriptors[i] =
                (struct descriptor){(uintptr_t)&input->events[i], sizeof(struct event), DESC_WRITE, 0};
            virtqueue_offer(&input->queue, i);
        }
    }
    return 1;
}

static void picture(void)
{
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = (i % WIDTH & 255) << 16 | (i / WIDTH & 255) << 8 | ((i % WIDTH ^ i / WIDTH) & 255);
    set(0, 1, B8G8R8X8, WIDTH, HEIGHT);
    run(RESOURCE_CREATE_2D, 4);
    command.body[0] = 1;
    command.body[1] = PIECES;
    for (unsigned n = 0; n < PIECES; n++) {
        uint64_t address = (uintptr_t)pixels + n * (sizeof pixels / PIECES);
        set(2 + 4 * n, (uint32_t)address, (uint32_t)(address >> 32), sizeof pixels / PIECES, 0);
    }
    run(RESOURCE_ATTACH_BACKING, 2 + 4 * PIECES);
    set(0, 0, 0, WIDTH, HEIGHT);
    set(4, 0, 1, 0, 0);
    run(SET_SCANOUT, 6);
    show((struct rectangle){0, 0, WIDTH, HEIGHT});
}

static void set_light(uint32_t lit)
{
    light = (struct event){EV_LED, LED_CAPSL, lit};
    status.descriptors[0] = (struct descriptor){(uintptr_t)&light, sizeof light, 0, 0};
    virtqueue_offer(&status, 0);
    while (virtqueue_take(&status) < 0)
        ;
}

static void key(uint16_t code, uint32_t value)
{
    static uint32_t lit;
    print("key %u %u\n", code, value);
    if (!value)
        return;
    square(code * SIDE % WIDTH, code * SIDE / WIDTH * SIDE % HEIGHT, SIDE, 0xffffff);
    if (code == KEY_CAPSLOCK)
        set_light(lit ^= 1);
    if (code == KEY_Q)
        finish(0);
}

/* Each device ends its own reports. */
static void happened(unsigned device, struct event e)
{
    static int moved;
    if (e.type == EV_KEY)
        key(e.code, e.value);
    else if (e.type == EV_ABS) {
        moved = 1;
        *(e.code ? &y : &x) = e.value;
    } else if (e.type == EV_SYN && device == 1 && moved) {
        moved = 0;
        print("at %u %u\n", x, y);
        square(x * WIDTH / 0x8000, y * HEIGHT / 0x8000, 4, 0xff0000);
    }
}

int main(uint64_t hart, const void *dtb)
{
    (void)hart;
    (void)dtb;
    console_init();
    if (!start()) {
        print("screen: no virtio GPU with a keyboard and a tablet\n");
        return 2;
    }
    picture();
    print("screen: shown\n");
    for (;;)
        for (unsigned n = 0; n < 2; n++) {
            int head = virtqueue_take(&inputs[n].queue);
            if (head >= 0) {
                struct event e = inputs[n].events[head];
                virtqueue_offer(&inputs[n].queue, (uint16_t)head);
                happened(n, e);
            }
        }
}
