/* Tables that only the hypervisor changes. Changes are queued and go out in batches. */
#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>

#include "pte.h"

/* The address by which tables know a frame, and back. */
uint64_t machine_of(uint64_t frame);
uint64_t frame_at(uint64_t machine);

/* An empty table. */
uint64_t table_take(void);

/* A root with the kernel's pages: RAM and devices where they are, tables read-only. */
uint64_t *root_take(void);

void entry_set(uint64_t *entry, uint64_t value);

/* What has been set is in force after this, and not before. */
void entries_sync(void);

/* The table that an entry leads to is not needed any more; nor is the entry's own. */
void table_drop(uint64_t *entry);
void root_drop(uint64_t *root);

/* Before the first of them: where tables are taken from, and the rest of RAM. */
void tables_init(uint64_t ram, uint64_t bytes, uint64_t first, uint64_t end);

#endif
