/* A car in a driving cycle of two minutes: town, country road, motorway, stop. */
#include "model.h"

#define CYCLE_MS 120000
#define ACCELERATION 2 /* mm/s in a millisecond: 2 m/s^2 */
#define BRAKING 3
#define IDLE_RPM 800
#define IDLE_FLOW 250 /* nl/ms: 0.9 l/h */
#define AIR 20000000u /* of 20 degrees around the radiator */
#define AIR_MS 20000u /* in which the engine would lose all its heat to it, without the fan */
#define FAN_TIMES 3u  /* that, at full speed, beside it */

static const struct {
    uint32_t until_ms;
    int32_t speed; /* mm/s */
} cycle[] = {{2000, 0}, {40000, 13889}, {70000, 27778}, {100000, 36111}, {CYCLE_MS, 0}};

static int32_t target(uint32_t time_ms)
{
    unsigned i = 0;
    while (time_ms % CYCLE_MS >= cycle[i].until_ms)
        i++;
    return cycle[i].speed;
}

/* Five gears, changed by speed. */
static uint32_t rpm_of(int32_t speed)
{
    static const int32_t gear_top[] = {4000, 9000, 15000, 23000, 60000}; /* mm/s */
    unsigned gear = 0;
    while (speed >= gear_top[gear] && gear < 4)
        gear++;
    uint32_t rpm = (uint32_t)(speed * 3000l / gear_top[gear]);
    return rpm < IDLE_RPM ? IDLE_RPM : rpm;
}

void model_init(struct model *m)
{
    *m = (struct model){.fuel = MODEL_TANK, .rpm = IDLE_RPM, .coolant = AIR};
}

/* The engine heats by 1.8 degrees a second for each 1000 revolutions a minute. */
static void heat(struct model *m)
{
    uint64_t full = MODEL_FAN_FULL;
    uint64_t lost = (uint64_t)(m->coolant - AIR) * (full + FAN_TIMES * m->fan) / (AIR_MS * full);
    m->coolant += m->rpm * 9 / 5 - (uint32_t)lost;
}

void model_step(struct model *m)
{
    int32_t wanted = target(m->time_ms++);
    int accelerates = m->speed < wanted;
    if (accelerates)
        m->speed = m->speed + ACCELERATION < wanted ? m->speed + ACCELERATION : wanted;
    else
        m->speed = m->speed - BRAKING > wanted ? m->speed - BRAKING : wanted;
    m->distance += (uint32_t)m->speed;
    m->rpm = rpm_of(m->speed);
    heat(m);
    uint64_t flow = IDLE_FLOW + (uint64_t)m->speed / 16 + (accelerates ? m->rpm : 0);
    m->fuel = m->fuel > flow ? m->fuel - flow : MODEL_TANK; /* an empty tank is filled */
}
