/*
 * A station on a network, and a terminal: whenever its virtio network interface has a link (virtio 1.2, 5.1), it sends
 * one frame to all, and one with an address that is not its own. What it hears it prints. What is typed on its virtio
 * console (5.3) it prints, too, and answers there. The text "end", heard or typed, ends it.
 */
#include "virtqueue.h"

#define KIND_NETWORK 1
#define KIND_CONSOLE 3
#define FEATURE_MAC 5
#define FEATURE_STATUS 16
#define IN 0
#define OUT 1
#define HEADER 12
#define ADDRESS 6
#define TYPE_HIGH 0x88 /* IEEE 802: for local experiments */
#define TYPE_LOW 0xb5
#define ETHERNET 14
#define FRAME 60
#define BUFFER 1536
#define BUFFERS 4
#define LINE 64

static struct device {
    struct virtqueue in, out;
    uintptr_t registers;
    char buffers[BUFFERS][BUFFER];
    char sent[BUFFER];
} network, console;
static uint8_t own[ADDRESS];
static char line[LINE];
static unsigned typed, ended, number;

static int open(struct device *d, uint32_t kind, uint32_t features)
{
    d->registers = virtio_find(kind, 0);
    if (!d->registers || !virtio_begin(d->registers, features) || !virtqueue_start(&d->in, d->registers, IN) ||
        !virtqueue_start(&d->out, d->registers, OUT))
        return d->registers = 0, 0;
    virtio_ok(d->registers);
    for (uint16_t i = 0; i < BUFFERS; i++) {
        d->in.descriptors[i] = (struct descriptor){(uint64_t)d->buffers[i], BUFFER, DESC_WRITE, 0};
        virtqueue_offer(&d->in, i);
    }
    return 1;
}

/* One at a time: what was sent before has to be back. */
static void send(struct device *d, uint32_t bytes)
{
    d->out.descriptors[0] = (struct descriptor){(uint64_t)d->sent, bytes, 0, 0};
    virtqueue_offer(&d->out, 0);
    while (virtqueue_take(&d->out) < 0)
        ;
}

static void send_frame(unsigned forged, const char *text)
{
    memset(network.sent, 0, HEADER + FRAME);
    char *frame = network.sent + HEADER;
    memset(frame, 0xff, ADDRESS);
    memcpy(frame + ADDRESS, own, ADDRESS);
    frame[2 * ADDRESS - 1] = (char)(own[ADDRESS - 1] + forged);
    frame[12] = (char)TYPE_HIGH;
    frame[13] = (char)TYPE_LOW;
    for (unsigned i = 0; text[i]; i++)
        frame[ETHERNET + i] = text[i];
    send(&network, HEADER + FRAME);
}

static int link(void) { return in32(network.registers + CONFIG + 4) >> 16 & 1; }

static void greet(void)
{
    char text[] = "hello 0";
    text[6] = (char)('0' + number++ % 10);
    send_frame(1, "forged");
    send_frame(0, text);
    print("station: has said %s\n", text);
}

static void heard(const char *frame)
{
    int mine = !memcmp(frame, own, ADDRESS);
    print("station: heard %s, %s\n", frame + ETHERNET, mine ? "mine" : frame[0] & 1 ? "for all" : "another's");
    ended |= !strncmp(frame + ETHERNET, "end", 4);
}

static void answer(const char *text)
{
    unsigned bytes = 0;
    for (const char *p = "got "; *p; p++)
        console.sent[bytes++] = *p;
    for (const char *p = text; *p; p++)
        console.sent[bytes++] = *p;
    console.sent[bytes++] = '\n';
    send(&console, bytes);
}

static void key(char c)
{
    if (c != '\n' && c != '\r') {
        if (typed + 1 < LINE)
            line[typed++] = c;
        return;
    }
    line[typed] = 0;
    typed = 0;
    print("station: typed %s\n", line);
    answer(line);
    ended |= !strncmp(line, "end", 4);
}

static void look(struct device *d, int is_console)
{
    uint16_t at = d->in.taken;
    int head = virtqueue_take(&d->in);
    if (head < 0)
        return;
    uint32_t bytes = d->in.used.ring[at % ENTRIES].length;
    for (uint32_t i = 0; is_console && i < bytes; i++)
        key(d->buffers[head][i]);
    if (!is_console && bytes >= HEADER + ETHERNET)
        heard(d->buffers[head] + HEADER);
    virtqueue_offer(&d->in, (uint16_t)head);
}

int main(uint64_t hart, const void *dtb)
{
    (void)hart;
    (void)dtb;
    console_init();
    open(&network, KIND_NETWORK, 1u << FEATURE_MAC | 1u << FEATURE_STATUS);
    open(&console, KIND_CONSOLE, 0);
    for (unsigned i = 0; network.registers && i < ADDRESS; i++)
        own[i] = (uint8_t)(in32(network.registers + CONFIG + (i & 4)) >> 8 * (i & 3));
    print("station: begins\n");
    for (int up = 0; !ended;) {
        if (network.registers && link() != up) {
            up = !up;
            print("station: link %s\n", up ? "up" : "down");
            if (up)
                greet();
        }
        if (network.registers)
            look(&network, 0);
        if (console.registers)
            look(&console, 1);
    }
    return 0;
}
