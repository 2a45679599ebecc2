/* Page-table entries of Sv39, Sv48 and Sv57. */
#ifndef PTE_H
#define PTE_H

#define PAGE 4096ul
#define MEGAPAGE (PAGE << 9)
#define PTE_V 0x01ul
#define PTE_R 0x02ul
#define PTE_W 0x04ul
#define PTE_X 0x08ul
#define PTE_U 0x10ul
#define PTE_G 0x20ul
#define PTE_A 0x40ul
#define PTE_D 0x80ul
#define PTE_N (1ul << 63)
#define PTE_KERNEL (PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D)

/* The physical address in an entry, and the entry with one. */
#define PTE_ADDRESS(pte) (((pte) >> 10 & 0xffffffffffful) << 12)
#define PTE(address, bits) ((uint64_t)(address) >> 12 << 10 | (bits))

#define MODE_SV39 (8ul << 60)

#endif
