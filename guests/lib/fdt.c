/* A flattened device tree, read in place (Devicetree Specification 0.4, chapter 5). */
#include "guest.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4

/* Where a walk is. At FDT_PROP, name, value and length are the property's; node is the innermost node's name. */
struct cursor {
    const char *next, *strings;
    int depth; /* 1 in the root */
    const char *node, *name, *value;
    uint32_t length;
};

static uint32_t be32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint64_t be64(const void *p)
{
    return (uint64_t)be32(p) << 32 | be32((const char *)p + 4);
}

static const char *aligned(const char *p)
{
    return (const char *)(((uintptr_t)p + 3) & ~3ul);
}

static int begin(struct cursor *c, const void *dtb)
{
    const char *base = dtb;
    if (!base || be32(base) != FDT_MAGIC)
        return 0;
    *c = (struct cursor){.next = base + be32(base + 8), .strings = base + be32(base + 12)};
    return 1;
}

/* Steps to the next node's begin or end or property and returns which; 0 at the tree's end. */
static uint32_t step(struct cursor *c)
{
    uint32_t token;
    do {
        token = be32(c->next);
        c->next += 4;
    } while (token == FDT_NOP);
    switch (token) {
    case FDT_BEGIN_NODE:
        c->depth++;
        c->node = c->next;
        c->next = aligned(c->next + strlen(c->next) + 1);
        return token;
    case FDT_END_NODE:
        c->depth--;
        return token;
    case FDT_PROP:
        c->length = be32(c->next);
        c->name = c->strings + be32(c->next + 4);
        c->value = c->next + 8;
        c->next = aligned(c->value + c->length);
        return token;
    default:
        return 0;
    }
}

/* Stops at the first property of that name in a node at that depth whose name begins so; false if there is none. */
static int seek(struct cursor *c, const void *dtb, int depth, const char *node, const char *name)
{
    if (!begin(c, dtb))
        return 0;
    for (uint32_t token; (token = step(c));)
        if (token == FDT_PROP && c->depth == depth && !strncmp(c->node, node, strlen(node)) && !strcmp(c->name, name))
            return 1;
    return 0;
}

static const char *property(const void *dtb, int depth, const char *node, const char *name)
{
    struct cursor c;
    return seek(&c, dtb, depth, node, name) ? c.value : 0;
}

unsigned fdt_harts(const void *dtb)
{
    struct cursor c;
    unsigned n = 0;
    if (begin(&c, dtb))
        for (uint32_t token; (token = step(&c));)
            n += token == FDT_BEGIN_NODE && c.depth == 3 && !strncmp(c.node, "cpu@", 4);
    return n ? n : 1;
}

uint32_t fdt_timebase(const void *dtb)
{
    const char *value = property(dtb, 2, "cpus", "timebase-frequency");
    return value ? be32(value) : 0;
}

const char *fdt_model(const void *dtb)
{
    const char *value = property(dtb, 1, "", "model");
    return value ? value : "";
}

const char *fdt_bootargs(const void *dtb)
{
    const char *value = property(dtb, 2, "chosen", "bootargs");
    return value ? value : "";
}

uint8_t *fdt_seed(const void *dtb, size_t *size)
{
    struct cursor c;
    if (!seek(&c, dtb, 2, "chosen", "rng-seed"))
        return 0;
    *size = c.length;
    return (uint8_t *)(uintptr_t)c.value;
}

/* Multi-letter extensions are parts of riscv,isa, each behind an underscore. */
int fdt_has_extension(const void *dtb, const char *name)
{
    const char *p = property(dtb, 3, "cpu@", "riscv,isa");
    size_t n = strlen(name);
    for (; p && *p; p++)
        if (*p == '_' && !strncmp(p + 1, name, n) && (p[1 + n] == '_' || !p[1 + n]))
            return 1;
    return 0;
}

/* Whether a list of strings has that one. */
static int lists(const char *value, uint32_t length, const char *wanted)
{
    for (const char *p = value; p < value + length; p += strlen(p) + 1)
        if (!strcmp(p, wanted))
            return 1;
    return 0;
}

int fdt_memory(const void *dtb, struct fdt_device *found)
{
    const char *reg = property(dtb, 2, "memory@", "reg");
    if (!reg)
        return 0;
    *found = (struct fdt_device){.reg = {be64(reg), be64(reg + 8)}};
    return 1;
}

int fdt_find(const void *dtb, const char *compatible, const char *label, struct fdt_device *found)
{
    struct cursor c;
    int right_kind = 0, right_name = 0;
    if (!begin(&c, dtb))
        return 0;
    for (uint32_t token; (token = step(&c));) {
        if (token == FDT_BEGIN_NODE) {
            *found = (struct fdt_device){0};
            right_kind = 0;
            right_name = !label;
        } else if (token == FDT_END_NODE) {
            if (right_kind && right_name)
                return 1;
            right_kind = 0;
        } else if (!strcmp(c.name, "compatible")) {
            right_kind = lists(c.value, c.length, compatible);
        } else if (!strcmp(c.name, "label")) {
            right_name |= label && !strcmp(c.value, label);
        } else if (!strcmp(c.name, "interrupts")) {
            found->interrupt = be32(c.value);
        } else if (!strcmp(c.name, "reg")) {
            for (uint32_t i = 0; i < 4 && 8 * (i + 1) <= c.length; i++)
                found->reg[i] = be64(c.value + 8 * i);
        }
    }
    return 0;
}

const char *fdt_argument_text(const void *dtb, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = fdt_bootargs(dtb); *p; p++) {
        if (!strncmp(p, name, n) && p[n] == '=')
            return p + n + 1;
        while (*p && *p != ' ')
            p++;
        if (!*p)
            break;
    }
    return 0;
}

uint64_t fdt_argument(const void *dtb, const char *name, uint64_t otherwise)
{
    const char *p = fdt_argument_text(dtb, name);
    if (!p || *p < '0' || *p > '9')
        return otherwise;
    uint64_t v = 0;
    while (*p >= '0' && *p <= '9')
        v = v * 10 + (uint64_t)(*p++ - '0');
    return v;
}
