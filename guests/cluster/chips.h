/* What the cluster is on the I2C bus of another VM: a thermometer and an actuator. */
#ifndef CHIPS_H
#define CHIPS_H

#include "model.h"
#include "rtos.h"

#define CHIPS_CHANNEL "sensors"

int chips_open(const void *dtb, struct model *model);
void chips_serve(void *unused); /* a task: for ever */

#endif
