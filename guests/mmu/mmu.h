/* Address spaces of a little kernel: Sv39, demand paging, copy on write. */
#ifndef MMU_H
#define MMU_H

#include "guest.h"

#define PAGE 4096ul
#define USER 0x100000000ul /* where a space's own pages begin */

struct space {
    uint64_t *root;
    uint64_t asid;
    uint64_t lazy_pages; /* from USER on: what a fault gives a zeroed page */
};

/* space.c */
void space_init(struct space *s, uint64_t asid);
void space_switch(struct space *s);
void space_map(struct space *s, uint64_t va, uint64_t frame, uint64_t rights);
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

extern struct space *current;

#define PTE_V 0x01ul
#define PTE_R 0x02ul
#define PTE_W 0x04ul
#define PTE_X 0x08ul
#define PTE_U 0x10ul
#define PTE_G 0x20ul
#define PTE_A 0x40ul
#define PTE_D 0x80ul
#define PTE_COW 0x100ul /* the first of the bits that are left to software */
#define FRAME_OF(pte) (((pte) >> 10) << 12)
#define PTE(frame, bits) ((uint64_t)(frame) >> 12 << 10 | (bits))

#endif
