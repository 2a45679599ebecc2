/* What is spoken over the channels of our own guests. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "endpoint.h"

/* Prints the cluster's state at each of so many updates. */
int show_vehicle(struct endpoint *e, unsigned long count);
/* Has a challenge answered, or an answer verified if there is one. */
int ask_vault(struct endpoint *e, const char *challenge, const char *mac);

#endif
