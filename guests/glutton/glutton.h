/* What the attacks share. */
#ifndef GLUTTON_H
#define GLUTTON_H

#include "rtos.h"

/* The second half of RAM: large, and nothing of this program is there. */
uint64_t large(void);
uint64_t large_size(void);

/* tables.c */
void shadows(void);
void tables(void);

#endif
