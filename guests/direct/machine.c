/* Where RAM is on the board, and calls that are made until they are done. */
#include "machine.h"

#define RUNS_MAX 64

/* A part of RAM that is in one piece there. */
static struct run {
    uint64_t address, machine, bytes;
} runs[RUNS_MAX];

int machine_init(uint64_t ram, uint64_t bytes)
{
    if (sbi_call(SBI_BASE, SBI_BASE_PROBE, SBI_TABLES, 0, 0).value != 1)
        return 0;
    for (int i = 0; bytes && i < RUNS_MAX; i++) {
        uint64_t length = (uint64_t)tables_call(TABLES_CONTIGUOUS, ram, 0).value;
        runs[i] = (struct run){ram, (uint64_t)tables_call(TABLES_MACHINE_ADDRESS, ram, 0).value, length};
        ram += length;
        bytes -= length;
    }
    return bytes == 0;
}

uint64_t machine_of(uint64_t address)
{
    for (int i = 0; i < RUNS_MAX; i++)
        if (address - runs[i].address < runs[i].bytes)
            return address - runs[i].address + runs[i].machine;
    return -1ul;
}

uint64_t frame_at(uint64_t machine)
{
    for (int i = 0; i < RUNS_MAX; i++)
        if (machine - runs[i].machine < runs[i].bytes)
            return machine - runs[i].machine + runs[i].address;
    return -1ul;
}

uint64_t machine_device(uint64_t address)
{
    return (uint64_t)tables_call(TABLES_MACHINE_ADDRESS, address, 0).value;
}

/* A call that has left work to do says 1. */
long pin(const void *table, uint64_t level)
{
    struct sbi_result r;
    do
        r = tables_call(TABLES_PIN, (uint64_t)table, level);
    while (!r.error && r.value);
    return r.error;
}

long unpin(const void *table)
{
    struct sbi_result r = tables_call(TABLES_UNPIN, (uint64_t)table, 0);
    while (!r.error && r.value)
        r = tables_call(TABLES_SETTLE, 0, 0);
    return r.error;
}

long update(const struct update *updates, uint64_t count)
{
    for (uint64_t done = 0; done < count;) {
        uint64_t rest = count - done < UPDATES_MAX ? count - done : UPDATES_MAX;
        struct sbi_result r = tables_call(TABLES_UPDATE, (uint64_t)(updates + done), rest);
        if (r.error)
            return r.error;
        done += (uint64_t)r.value;
    }
    return 0;
}

long set_entry(const uint64_t *entry, uint64_t value)
{
    struct update one = {(uint64_t)entry, value};
    return update(&one, 1);
}
