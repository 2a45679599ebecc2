/* A task's registers while it does not run; shared by C and assembly. */
#ifndef FRAME_H
#define FRAME_H

#define FRAME_EPC 256
#define FRAME_STATUS 264
#define FRAME_SIZE 272

#ifndef __ASSEMBLER__
#include <stdint.h>

struct frame {
    uint64_t x[32]; /* x[0] is unused; x[2] is the stack pointer from before the trap */
    uint64_t epc, status;
};

/* Goes on in a frame; the opposite of a trap. */
void frame_restore(struct frame *frame) __attribute__((noreturn));
#endif

#endif
