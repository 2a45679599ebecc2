/*
 * Address spaces of a little kernel: Sv39, demand paging, copy on write. How tables are had and changed is left to
 * table.h, of which there are two: in native/ a store does it, in ../direct calls of the hypervisor.
 */
#ifndef MMU_H
#define MMU_H

#include "guest.h"

#include <table.h>

#define USER 0x100800000ul /* where a space's own pages begin: not at the index of the kernel's in a direct-mapped TLB */

struct space {
    uint64_t *root;
    uint64_t asid;
    uint64_t lazy_pages; /* from USER on: what a fault gives a zeroed page */
};

/* space.c */
void space_init(struct space *s, uint64_t asid);
void space_switch(struct space *s);
void space_map(struct space *s, uint64_t va, uint64_t frame, uint64_t rights); /* in force after the next switch */
void space_unmap(struct space *s, uint64_t va); /* the page's frame is given back; fences */
void space_fork(struct space *child, struct space *parent, uint64_t pages);
void space_destroy(struct space *s, uint64_t pages);
int space_fault(struct space *s, uint64_t va, int write); /* whether it could be served */
uint64_t *space_entry(struct space *s, uint64_t va, int make);

/* frame.c: frames with a count of their users */
void frames_init(uint64_t from, uint64_t to);
uint64_t frame_take(void); /* zeroed */
void frame_share(uint64_t frame);
void frame_give(uint64_t frame);
unsigned frame_users(uint64_t frame);

/* mmu.c: does what the boot arguments say, in S mode with translation off, and ends the machine */
void work(const void *dtb) __attribute__((noreturn));

extern struct space *current;

#define PTE_COW 0x100ul /* the first of the bits that are left to software */

#endif
