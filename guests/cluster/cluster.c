/*
 * An instrument cluster: controls the vehicle a thousand times a second, whatever else goes on, publishes its state in
 * the channel "vehicle" if there is one, and shows a line each second. If there is a channel "sensors", it is the coolant's
 * thermometer and the radiator's fan on the I2C bus of the VM at its other end. Boot argument watchdog=SECONDS (1 to 6) has the
 * board's watchdog see to it that this goes on. Keys: h hangs the control loop, p panics; both to try what comes then.
 */
#include "chips.h"
#include "model.h"
#include "rtos.h"
#include "vehicle.h"

#define CONTROL_PRIORITY 30
#define CHANNEL_PRIORITY 10
#define CHIPS_PRIORITY 9
#define DISPLAY_PRIORITY 5
#define KEYS_PRIORITY 4
#define RING_LOOPS 100

static struct model model;
static struct vehicle state; /* with interrupts off, or by the control task alone */
static struct channel channel;
static int published, served;
static volatile int restart, hang;

static unsigned bucket_of(uint64_t ns)
{
    unsigned n = 0;
    while (n < VEHICLE_BUCKETS - 1 && ns >= 1000ul << n)
        n++;
    return n;
}

static void account(uint64_t late_ns)
{
    if (restart) {
        restart = 0;
        state.loops = state.worst_ns = state.missed = 0;
        memset(state.lateness, 0, sizeof state.lateness);
    }
    state.loops++;
    state.lateness[bucket_of(late_ns)]++;
    state.missed += late_ns >= VEHICLE_PERIOD_US * 1000ul;
    if (late_ns > state.worst_ns)
        state.worst_ns = late_ns;
}

static void measure(void)
{
    state.speed = (uint32_t)(model.speed * 36l / 100);
    state.rpm = model.rpm;
    state.fuel = (uint32_t)(model.fuel / (MODEL_TANK / 10000));
    state.odometer = (uint32_t)(model.distance / 1000000);
}

static void barrier(void)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
}

static void publish(void)
{
    volatile struct vehicle *w = channel.window;
    state.sequence += 2;
    w->sequence = state.sequence - 1;
    barrier();
    for (unsigned i = offsetof(struct vehicle, speed) / 4; i < sizeof state / 4; i++)
        ((volatile uint32_t *)w)[i] = ((const uint32_t *)&state)[i];
    barrier();
    w->sequence = state.sequence;
    if (state.loops % RING_LOOPS == 0)
        channel_ring(&channel, VEHICLE_UPDATED);
}

static void control(void *unused)
{
    (void)unused;
    uint64_t period = ticks_of_us(VEHICLE_PERIOD_US);
    uint64_t due = now() + period;
    for (;;) {
        task_sleep_until(due);
        uint64_t late = now() - due;
        while (hang)
            ;
        model_step(&model);
        account(ns_of_ticks(late));
        measure();
        if (published)
            publish();
        /* Loops that were missed are not made up for: the plant has moved on. */
        due += period * (1 + late / period);
    }
}

/* The smallest power of two in us below which `permille` of the loops were late. */
static unsigned late_us(const struct vehicle *v, uint64_t permille)
{
    uint64_t seen = 0;
    for (unsigned n = 0; n < VEHICLE_BUCKETS; n++) {
        seen += v->lateness[n];
        if (seen * 1000 >= v->loops * permille)
            return 1u << n;
    }
    return 1u << VEHICLE_BUCKETS;
}

static void show(const struct vehicle *v)
{
    console_print("cluster: %u.%02u km/h, %u rpm, fuel %u.%02u %%, %u.%03u km; %lu loops, late p50 < %u us, "
                  "p99 < %u us, p99.9 < %u us, worst %lu us, missed %u\n",
                  v->speed / 100, v->speed % 100, v->rpm, v->fuel / 100, v->fuel % 100, v->odometer / 1000,
                  v->odometer % 1000, v->loops, late_us(v, 500), late_us(v, 990), late_us(v, 999), v->worst_ns / 1000,
                  v->missed);
    if (served)
        console_print("cluster: coolant %u.%u C, fan %u %%\n", model.coolant / 1000000, model.coolant / 100000 % 10,
                      model.fan * 100 / MODEL_FAN_FULL);
}

static void display(void *unused)
{
    (void)unused;
    uint64_t due = now();
    for (;;) {
        due += ticks_of_us(1000000);
        task_sleep_until(due);
        uint64_t irq = irq_save();
        struct vehicle copy = state;
        irq_restore(irq);
        show(&copy);
        watchdog_restart();
    }
}

static void keys(void *unused)
{
    (void)unused;
    for (;;) {
        int key = console_key(NEVER);
        if (key == 'h') {
            console_print("cluster: the control loop hangs from now on\n");
            hang = 1;
        } else if (key == 'p') {
            panic("somebody has pressed p");
        }
    }
}

static void listen(void *unused)
{
    (void)unused;
    int up = 0;
    for (;;) {
        uint32_t bits = channel_wait(&channel, NEVER);
        if (bits & VEHICLE_RESTART) {
            restart = 1;
            console_print("cluster: the statistics start anew\n");
        }
        if (up != channel_peer_up(&channel)) {
            up = !up;
            console_print("cluster: a reader has %s\n", up ? "come" : "gone");
        }
    }
}

/* The window has a header before anybody can see a state. */
static int open_channel(const void *dtb)
{
    if (!channel_open(&channel, dtb, VEHICLE_CHANNEL) || channel.size < sizeof state)
        return 0;
    volatile struct vehicle *w = channel.window;
    state.sequence = w->sequence + (w->sequence & 1); /* of an earlier life; never back to an old state's number */
    w->version = VEHICLE_VERSION;
    w->magic = VEHICLE_MAGIC;
    return 1;
}

static void start(struct task *t, const char *name, int priority, void (*entry)(void *), void *stack, size_t size)
{
    task_create(t, name, priority, entry, 0, stack, size);
}

void app_start(const void *dtb)
{
    static struct task control_task, display_task, keys_task, listen_task, chips_task;
    static char control_stack[2048] STACK_ALIGNED, display_stack[2048] STACK_ALIGNED, keys_stack[2048] STACK_ALIGNED,
        listen_stack[2048] STACK_ALIGNED, chips_stack[2048] STACK_ALIGNED;
    state.magic = VEHICLE_MAGIC;
    state.version = VEHICLE_VERSION;
    model_init(&model);
    published = open_channel(dtb);
    print("cluster: %u us control loop, %s\n", VEHICLE_PERIOD_US,
          published ? "published in channel " VEHICLE_CHANNEL : "no channel " VEHICLE_CHANNEL);
    served = chips_open(dtb, &model);
    if (served)
        print("cluster: a thermometer and a fan in channel " CHIPS_CHANNEL "\n");
    uint64_t seconds = fdt_argument(dtb, "watchdog", 0);
    if (seconds && !watchdog_start(dtb, (unsigned)seconds))
        panic("watchdog=%lu: there is no watchdog with such an interval", seconds);
    start(&control_task, "control", CONTROL_PRIORITY, control, control_stack, sizeof control_stack);
    start(&display_task, "display", DISPLAY_PRIORITY, display, display_stack, sizeof display_stack);
    start(&keys_task, "keys", KEYS_PRIORITY, keys, keys_stack, sizeof keys_stack);
    if (served)
        start(&chips_task, "chips", CHIPS_PRIORITY, chips_serve, chips_stack, sizeof chips_stack);
    if (published)
        start(&listen_task, "listen", CHANNEL_PRIORITY, listen, listen_stack, sizeof listen_stack);
}
