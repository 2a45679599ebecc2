/* A guest that tries to get out, or to take others down with it. What the attacks share. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "guest.h"
#include "sbi.h"

#define PAGE 4096ul
#define RAM 0x80000000ul

/* What attempt() returns beside the causes of exceptions. */
#define NO_TRAP (-1l)
#define TOO_LONG (-2l)

struct tally {
    uint64_t tried, refused;
};

/* The machine, by its device tree. */
extern const void *tree;
extern uint64_t ram_end;

/* Calls, and comes back whatever happens: the cause of the exception, NO_TRAP, or TOO_LONG. */
long attempt(void (*call)(uint64_t), uint64_t argument);
void abandon(long cause) __attribute__((noreturn));
void run_bare(uint64_t address);

/* The same, counted. */
long try(struct tally *t, void (*call)(uint64_t), uint64_t argument);

/* Something happened that no guest should be able to bring about. */
void escaped(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t random64(void);
uint64_t random_below(uint64_t n);
/* Likely to be special: powers of two and their neighbours, ends of RAM, small and huge numbers. */
uint64_t nasty(void);
/* An address at which there is neither RAM nor a device. */
uint64_t nowhere(void);

void timer_at(uint64_t when);
void irq_on(void);
void irq_off(void);
extern volatile uint64_t interrupts; /* taken */
/* That many further timer interrupts are asked for at once, each by the handler of the one before. */
extern volatile unsigned timer_storm;
/* That many interrupts of devices are taken, one after the other, before their cause is switched off. */
extern volatile unsigned device_storm;

/* At the interrupt controller, for this hart: a bit for each source in every word of 32. */
void enable_sources(uint32_t word);

/* The attacks, a round of each. */
struct tally attack_addresses(void); /* wild.c */
struct tally attack_tables(void);    /* tables.c */
struct tally attack_calls(void);     /* calls.c */
struct tally attack_interrupts(void); /* storm.c */
struct tally attack_sleep(void);
struct tally attack_code(void); /* code.c */
struct tally attack_words(void);
struct tally attack_registers(void); /* registers.c */
struct tally attack_devices(void);   /* devices.c */
void start_other_harts(void);        /* storm.c */

#endif
