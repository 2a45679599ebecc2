/*
 * The hypervisor's calls for registered page tables (docs/sbi.md). Calls take the addresses that the guest knows, its
 * physical ones; tables and satp hold the machine's.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#include "sbi.h"

#define SBI_BASE 0x10
#define SBI_BASE_PROBE 3
#define SBI_TABLES 0x0a544f4cul
#define TABLES_MACHINE_ADDRESS 0
#define TABLES_CONTIGUOUS 1
#define TABLES_PIN 2
#define TABLES_UNPIN 3
#define TABLES_UPDATE 4
#define TABLES_SETTLE 5

#define SBI_INVALID_PARAM (-3l)
#define SBI_DENIED (-4l)
#define SBI_INVALID_ADDRESS (-5l)
#define SBI_ALREADY_AVAILABLE (-6l)

#define UPDATES_MAX 512
#define UPDATE_KEEP 1ul /* in the address of an entry: its accessed and dirty bits stay as they are */

struct update {
    uint64_t entry, value;
};

static inline struct sbi_result tables_call(uint64_t function, uint64_t arg0, uint64_t arg1)
{
    return sbi_call(SBI_TABLES, function, arg0, arg1, 0);
}

/* Whether there are such calls; then these know where RAM is. */
int machine_init(uint64_t ram, uint64_t bytes);

/* The machine's address of an address in RAM, and back; -1 if it is not in RAM. */
uint64_t machine_of(uint64_t address);
uint64_t frame_at(uint64_t machine);

/* The machine's address of a device's. */
uint64_t machine_device(uint64_t address);

/* Each until it is done, or refused: the error. */
long pin(const void *table, uint64_t level);
long unpin(const void *table);
long update(const struct update *updates, uint64_t count);

/* One entry. */
long set_entry(const uint64_t *entry, uint64_t value);

#endif
