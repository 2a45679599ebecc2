/* The vehicle that is controlled: integers, one step a control period. */
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

struct model {
    uint32_t time_ms;
    int32_t speed;     /* mm/s */
    uint64_t distance; /* um */
    uint64_t fuel;     /* nl */
    uint32_t rpm;
    uint32_t coolant; /* millionths of a degree Celsius */
    uint32_t fan;     /* of the radiator: 0 to MODEL_FAN_FULL; set from outside */
};

#define MODEL_FAN_FULL 4095u

#define MODEL_TANK 45000000000ul /* nl: 45 l */

void model_init(struct model *m);
void model_step(struct model *m); /* one millisecond */

#endif
