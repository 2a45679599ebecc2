/* Reads what the cluster publishes. */
#include "vehicle.h"
#include "commands.h"

#define PATIENCE_MS 5000
#define TRIES 100000

/* One state, not parts of two; false if the writer never rests. */
static int read_state(const struct endpoint *e, struct vehicle *to)
{
    const volatile struct vehicle *w = (const volatile struct vehicle *)e->window;
    for (int i = 0; i < TRIES; i++) {
        uint32_t before = w->sequence;
        __asm__ volatile("fence rw, rw" ::: "memory");
        for (unsigned n = 0; n < sizeof *to / 4; n++)
            ((uint32_t *)to)[n] = ((const volatile uint32_t *)w)[n];
        __asm__ volatile("fence rw, rw" ::: "memory");
        if (!(before & 1) && w->sequence == before)
            return 1;
    }
    return 0;
}

static void show(const struct vehicle *v)
{
    print("%u.%02u km/h, %u rpm, fuel %u.%02u %%, %u.%03u km; %lu loops, worst %lu us late, missed %u\n",
          v->speed / 100, v->speed % 100, v->rpm, v->fuel / 100, v->fuel % 100, v->odometer / 1000,
          v->odometer % 1000, v->loops, v->worst_ns / 1000, v->missed);
}

int show_vehicle(struct endpoint *e, unsigned long count)
{
    struct vehicle v;
    if (e->window_size < sizeof v || *(volatile uint32_t *)e->window != VEHICLE_MAGIC)
        fail("nobody publishes a vehicle in channel %s", e->name);
    for (unsigned long n = 0; n < count;) {
        uint32_t bits = endpoint_wait(e, PATIENCE_MS);
        if (!bits)
            fail("no update of channel %s in %u ms", e->name, PATIENCE_MS);
        if (bits & VEHICLE_UPDATED) {
            if (!read_state(e, &v))
                fail("the state in channel %s never stands still", e->name);
            show(&v);
            n++;
        }
    }
    return 0;
}
