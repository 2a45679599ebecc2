/* Frames of memory with a count of their users. */
#include "mmu.h"

#define FRAMES_MAX (1u << 16)

static uint64_t first, count, fresh, free_list;
static uint8_t users[FRAMES_MAX];

void frames_init(uint64_t from, uint64_t to)
{
    first = (from + PAGE - 1) & -PAGE;
    count = (to - first) / PAGE;
    if (count > FRAMES_MAX)
        count = FRAMES_MAX;
}

uint64_t frame_take(void)
{
    uint64_t frame = free_list;
    if (frame)
        free_list = *(uint64_t *)frame;
    else if (fresh < count)
        frame = first + PAGE * fresh++;
    else {
        print("out of memory\n");
        finish(3);
    }
    memset((void *)frame, 0, PAGE);
    users[(frame - first) / PAGE] = 1;
    return frame;
}

void frame_share(uint64_t frame)
{
    users[(frame - first) / PAGE]++;
}

void frame_give(uint64_t frame)
{
    if (--users[(frame - first) / PAGE])
        return;
    *(uint64_t *)frame = free_list;
    free_list = frame;
}

unsigned frame_users(uint64_t frame)
{
    return users[(frame - first) / PAGE];
}
