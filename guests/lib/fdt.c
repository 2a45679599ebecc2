/* A flattened device tree, read in place (Devicetree Specification 0.4, chapter 5). */
#include "guest.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4

struct found {
    unsigned harts;
    uint32_t timebase;
    const char *model, *bootargs;
};

static uint32_t be32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static const char *aligned(const char *p)
{
    return (const char *)(((uintptr_t)p + 3) & ~3ul);
}

static struct found walk(const void *dtb)
{
    struct found f = {0, 0, "", ""};
    const char *base = dtb;
    if (!base || be32(base) != FDT_MAGIC)
        return f;
    const char *p = base + be32(base + 8), *strings = base + be32(base + 12);
    int depth = 0;
    for (;;) {
        uint32_t token = be32(p);
        p += 4;
        if (token == FDT_BEGIN_NODE) {
            depth++;
            if (depth == 3 && !strncmp(p, "cpu@", 4))
                f.harts++;
            p = aligned(p + strlen(p) + 1);
        } else if (token == FDT_END_NODE) {
            depth--;
        } else if (token == FDT_PROP) {
            uint32_t length = be32(p);
            const char *name = strings + be32(p + 4), *value = p + 8;
            if (depth == 1 && !strcmp(name, "model"))
                f.model = value;
            if (depth == 2 && !strcmp(name, "bootargs"))
                f.bootargs = value;
            if (depth == 2 && !strcmp(name, "timebase-frequency"))
                f.timebase = be32(value);
            p = aligned(value + length);
        } else if (token != FDT_NOP) {
            return f;
        }
    }
}

unsigned fdt_harts(const void *dtb)
{
    unsigned n = walk(dtb).harts;
    return n ? n : 1;
}

uint32_t fdt_timebase(const void *dtb)
{
    return walk(dtb).timebase;
}

const char *fdt_model(const void *dtb)
{
    return walk(dtb).model;
}

const char *fdt_bootargs(const void *dtb)
{
    return walk(dtb).bootargs;
}
