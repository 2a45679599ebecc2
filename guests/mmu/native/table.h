/* Tables that are memory like any other. */
#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>

#include "pte.h"

uint64_t frame_take(void);
void frame_give(uint64_t frame);

/* The address by which tables know a frame, and back. */
static inline uint64_t machine_of(uint64_t frame)
{
    return frame;
}

static inline uint64_t frame_at(uint64_t machine)
{
    return machine;
}

/* An empty table. */
static inline uint64_t table_take(void)
{
    return frame_take();
}

/* A root with the kernel's pages, RAM and devices where they are: in gigapages. */
static inline uint64_t *root_take(void)
{
    uint64_t *root = (uint64_t *)frame_take();
    root[0] = PTE(0, PTE_KERNEL);
    root[2] = PTE(0x80000000ul, PTE_KERNEL | PTE_X);
    return root;
}

static inline void entry_set(uint64_t *entry, uint64_t value)
{
    *entry = value;
}

/* What has been set is in force after this, and not before. */
static inline void entries_sync(void)
{
}

/* The table that an entry leads to is not needed any more; nor is the entry's own. */
static inline void table_drop(uint64_t *entry)
{
    frame_give(PTE_ADDRESS(*entry));
}

static inline void root_drop(uint64_t *root)
{
    frame_give((uint64_t)root);
}

#endif
