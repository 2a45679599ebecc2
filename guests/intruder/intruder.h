/* A guest that has its page tables registered and wants to reach what is not its own. What the attacks share. */
#ifndef INTRUDER_H
#define INTRUDER_H

#include "guest.h"
#include "machine.h"
#include "pte.h"

#define NO_TRAP (-1l)
#define ILLEGAL 2l

struct tally {
    uint64_t tried, refused;
};

extern const void *tree;
extern uint64_t ram, ram_end;

/* Calls, and comes back whatever happens: the cause of the exception, or NO_TRAP. */
long attempt(void (*call)(uint64_t), uint64_t argument);
void abandon(long cause) __attribute__((noreturn));

/* What must be refused: by an error, or by a trap. */
void refused(struct tally *t, long error, const char *what, uint64_t value);
void trapped(struct tally *t, void (*call)(uint64_t), uint64_t argument, const char *what);

/* What must not, or the rest proves nothing. */
void granted(long error, const char *what);

void escaped(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t random64(void);
uint64_t random_below(uint64_t n);

/* lab.c: translation is on, RAM and devices are where they are, and LAB is a range of pages to play with. */
#define LAB 0x100000000ul
extern uint64_t *lab;        /* the table of LAB's pages */
extern uint64_t *lab_middle; /* the table that leads to it */
extern uint64_t *root;
extern uint64_t root_satp;

void lab_build(void);
uint64_t *page_take(void); /* zeroed, mapped read-only, no table yet */
void poke(volatile uint64_t *word, uint64_t value); /* with translation off */
void bare(void);
void paged(void);
uint64_t own(const void *address, uint64_t bits); /* an entry for it */

/* The attacks. */
struct tally attack_foreign(void); /* mapping.c: machine memory of others */
struct tally attack_writable(void); /* tables that could be written to */
struct tally attack_entries(void); /* entries that are none, and tables of wrong levels */
struct tally attack_stores(void);  /* stores.c */
struct tally attack_dma(void);     /* dma.c */
struct tally attack_calls(void);   /* calls.c */
struct tally attack_roots(void);   /* calls.c: satp, and tables in use */
struct tally attack_race(void);    /* race.c */

#endif
