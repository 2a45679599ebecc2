/*
 * Runs blocks of generated instructions from a program behind it in memory and prints a digest of the state after
 * each: registers, floating-point state, memory, page tables and the traps taken. The same image runs on Atoll and on
 * another machine; where the digests differ, one of the two is wrong. tests/: Differential writes the program.
 */
#include "guest.h"

#define SCRATCH 0x80101000ul       /* the page boundary around which plain accesses go */
#define SCRATCH_BYTES 2048         /* half before it, half behind it */
#define FRAMES 0x80140000ul        /* physical pages of the paging window */
#define WINDOW_PAGES 16            /* half data, half code that only returns */
#define TABLES 0x80200000ul
#define SECOND 0x80300000ul        /* second-stage tables, the root first */
#define OWN 0x803f0000ul           /* the table of HS mode while it accesses a guest's memory */
#define PROGRAM 0x80400000ul
#define MAGIC 0x6c6c6f7461ul
#define RETURNS 0x8082808280828082ul /* c.jr ra, four times */
#define MAX_TRAPS 400

#define MSTATUS_FS_INITIAL (1ul << 13)
#define MSTATUS_FS (3ul << 13)
#define MSTATUS_MPRV (1ul << 17)
#define MSTATUS_SUM (1ul << 18)
#define MSTATUS_MXR (1ul << 19)
#define MSTATUS_GVA (1ul << 38)
#define MSTATUS_MPV (1ul << 39)
#define HSTATUS_SPVP (1ul << 8)
#define MENVCFG_ADUE (1ul << 61)
#define MENVCFG_PBMTE (1ul << 62)

#define PTE_V 1ul
#define PTE_R 2ul
#define PTE_W 4ul
#define PTE_X 8ul
#define PTE_U 16ul
#define PTE_G 32ul
#define PTE_A 64ul
#define PTE_D 128ul

/* One block, as the generator writes it. */
struct block {
    uint64_t code;   /* its first instruction */
    uint64_t end;    /* the ecall at which it is over */
    uint64_t seed;   /* of registers, memory and tables */
    uint64_t window; /* virtual address of the paging window */
    uint64_t status; /* bits to set in mstatus */
    uint32_t mode;   /* 0 U, 1 S, 3 M */
    uint32_t levels; /* 0 for no translation, 3 to 5 */
    uint32_t fcsr;
    uint8_t aligned, any, call; /* registers that point to memory */
    uint8_t loose;              /* a fault may have set an accessed bit (priv 12.3.1): do not compare them */
    uint32_t second; /* levels of second-stage tables, 0 for none: then the modes U and S are VU and VS */
    uint32_t access; /* 1 or 2: the mode is HS and accesses the guest's memory as VU or VS */
};

struct program {
    uint64_t magic, blocks, repetitions, verbose;
    struct block block[];
};

/* Laid out as run.S knows it. */
struct context {
    uint64_t x[32];      /* 0 */
    uint64_t f[32];      /* 256 */
    uint64_t fcsr;       /* 512 */
    uint64_t epc;        /* 520 */
    uint64_t status;     /* 528 */
    uint64_t end;        /* 536 */
    uint64_t stack;      /* 544: the harness's own */
    uint64_t retired;    /* 552 */
    uint64_t traps;      /* 560 */
    uint64_t trap_hash;  /* 568 */
    uint64_t code;       /* 576 */
    uint64_t verbose;    /* 584 */
    uint64_t guest;      /* 592 */
};

void run_block(struct context *c);
uint64_t trapped(struct context *c, uint64_t cause, uint64_t epc, uint64_t tval);

static struct context context;
static uint64_t state;
static uint64_t next_table;

static uint64_t rng(void) /* SplitMix64 */
{
    uint64_t z = state += 0x9e3779b97f4a7c15ul;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul;
    z = (z ^ z >> 27) * 0x94d049bb133111ebul;
    return z ^ z >> 31;
}

static uint64_t mix(uint64_t hash, uint64_t v)
{
    hash = (hash ^ v) * 0x9fb21c651e98df25ul;
    return hash ^ hash >> 29;
}

/* ---------------------------------------------------------------- what registers begin with */

static uint64_t integer(void)
{
    uint64_t r = rng(), k = r >> 8 & 63;
    switch (r & 15) {
    case 0: return 0;
    case 1: return ~0ul;
    case 2: return 1;
    case 3: return (uint64_t)(int64_t)(int8_t)(r >> 16);
    case 4: return 1ul << k;
    case 5: return (1ul << k) - 1;
    case 6: return ~(1ul << k);
    case 7: return (uint64_t)(int64_t)(int32_t)(r >> 16);
    case 8: return r >> 16 & 0xfffffffful;
    case 9: return (r & 256) ? 0x7ffffffffffffffful : 0x8000000000000000ul;
    case 10: return (r & 256) ? 0x7ffffffful : 0xffffffff80000000ul;
    case 11: return rng() & rng() & rng();
    default: return rng();
    }
}

/* A number of `exponent` and `fraction` bits; all classes often, and those near which rounding is hard. */
static uint64_t floating(unsigned exponent, unsigned fraction)
{
    uint64_t r = rng(), bits = rng(), f = (1ul << fraction) - 1, top = (1ul << exponent) - 1, bias = top >> 1;
    uint64_t sign = (r >> 63) << (exponent + fraction), e, m = bits & f;
    switch (r & 15) {
    case 0: e = 0, m = 0; break;
    case 1: e = top, m = 0; break;
    case 2: e = top, m = 1ul << (fraction - 1); break;
    case 3: e = top; break;
    case 4: e = 0; break;
    case 5: e = 1, m &= 3; break;
    case 6: e = top - 1, m |= f ^ 7; break;
    case 7: e = bias, m = 0; break;
    case 8: e = bias + (r >> 8 & 63), m = 0; break;
    case 9: e = bias + 31 - (r >> 8 & 1), m |= f << 20 & f; break;
    case 10: e = bias + 63 - (r >> 8 & 1), m |= f << 10 & f; break;
    case 11: e = bias - 1 - (r >> 8 & 31); break;
    case 12: e = (r >> 8) % (fraction + 3); break; /* near the subnormal numbers */
    case 13: e = bias + (r >> 8 & 7), m &= ~(f >> 6); break;
    default: e = (r >> 8) & top;
    }
    return sign | (e & top) << fraction | m;
}

static uint64_t float_register(void)
{
    switch (rng() & 15) {
    case 0: return rng();
    case 1: return floating(5, 10) | ~0xfffful;
    case 2: return floating(8, 23); /* not boxed: a NaN as a single */
    case 3: case 4: case 5: case 6: case 7: case 8: return floating(8, 23) | 0xffffffff00000000ul;
    default: return floating(11, 52);
    }
}

/* ---------------------------------------------------------------- page tables */

static uint64_t *table(void)
{
    uint64_t *t = (uint64_t *)next_table;
    next_table += 4096;
    memset(t, 0, 4096);
    return t;
}

/* The root of second-stage tables is four pages, but no address here needs more than its first. */
static uint64_t *entry(uint64_t *root, unsigned levels, unsigned level, uint64_t va)
{
    uint64_t *t = root;
    for (unsigned l = levels - 1; l > level; l--) {
        uint64_t *e = &t[va >> (12 + 9 * l) & 511];
        if (!(*e & PTE_V))
            *e = (uint64_t)table() >> 2 | PTE_V;
        t = (uint64_t *)((*e >> 10 & ((1ul << 44) - 1)) << 12);
    }
    return &t[va >> (12 + 9 * level) & 511];
}

static uint64_t random_flags(int code)
{
    uint64_t r = rng();
    uint64_t flags = r & (PTE_R | PTE_X | PTE_U | PTE_G | PTE_A | PTE_D);
    if (!code)
        flags |= r & PTE_W;
    if (r >> 8 & 15)
        flags |= PTE_V;
    if (r >> 16 & 3) /* mostly usable, or nothing but faults would be tested */
        flags |= PTE_R | (code ? PTE_X : PTE_W) | PTE_A;
    if (!(r >> 24 & 15))
        flags |= 1ul << 61 << (r >> 32 & 1); /* Svpbmt: NC or IO */
    if (!(r >> 40 & 15))
        flags |= 1ul << 63; /* Svnapot */
    return flags | (r >> 48 & 3) << 8;
}

static uint64_t superpage(const struct block *b)
{
    return (b->window & ~0x1ffffful) + (2ul << 20);
}

static uint64_t build_tables(const struct block *b)
{
    next_table = TABLES;
    uint64_t *root = table();
    uint64_t user = b->mode == 0 ? PTE_U : 0;
    /* The program's code and the tables themselves at their own addresses, in 2 MiB pages. */
    for (uint64_t a = PROGRAM; a < PROGRAM + (64ul << 20); a += 2ul << 20)
        *entry(root, b->levels, 1, a) = a >> 2 | PTE_V | PTE_R | PTE_X | PTE_A | user;
    *entry(root, b->levels, 1, TABLES) = TABLES >> 2 | PTE_V | PTE_R | PTE_W | PTE_A | PTE_D;
    for (unsigned page = 0; page < WINDOW_PAGES; page++) {
        int code = page >= WINDOW_PAGES / 2;
        /* Within its half a page may lie in any frame, so that two addresses can mean one frame. */
        uint64_t frame = FRAMES + ((code ? 8 : 0) + (rng() & 7)) * 4096;
        uint64_t flags = random_flags(code);
        if (code && b->mode) /* QEMU 7.2 lets S run a user page once it has read it with SUM (priv 3.1.6.3) */
            flags &= ~PTE_U;
        if (flags >> 63)
            frame = (frame & ~0xfffful) | 0x8000;
        *entry(root, b->levels, 0, b->window + page * 4096) = frame >> 2 | flags;
    }
    /*
     * A 2 MiB page behind the window's own 2 MiB; not writable, as it holds this program, sometimes misaligned, never a
     * pointer to a table.
     */
    uint64_t pa = (rng() & 3) ? 0x80000000ul : FRAMES;
    *entry(root, b->levels, 1, superpage(b)) = pa >> 2 | (random_flags(1) & 0x3ff) | ((rng() & 1) ? PTE_R : PTE_X);
    return (uint64_t)(b->levels + 5) << 60 | (uint64_t)root >> 12;
}

/* The frames of the window with any rights, what the program needs with all. */
static uint64_t build_second_stage(const struct block *b)
{
    next_table = SECOND;
    uint64_t *root = table();
    for (int i = 1; i < 4; i++)
        table();
    for (unsigned page = 0; page < WINDOW_PAGES; page++) {
        int code = page >= WINDOW_PAGES / 2;
        uint64_t frame = FRAMES + ((code ? 8 : 0) + (rng() & 7)) * 4096;
        uint64_t flags = random_flags(code);
        if (rng() & 15)
            flags |= PTE_U;
        if (flags & PTE_X) /* QEMU 7.2 takes the guest's MXR for the hypervisor's (priv 18.5.1) */
            flags |= PTE_R;
        if (flags >> 63)
            frame = (frame & ~0xfffful) | 0x8000;
        *entry(root, b->second, 0, FRAMES + page * 4096) = frame >> 2 | flags;
    }
    uint64_t all = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D;
    for (uint64_t a = TABLES; a < PROGRAM + (64ul << 20); a += 2ul << 20)
        *entry(root, b->second, 1, a) = a >> 2 | all;
    return (uint64_t)(b->second + 5) << 60 | 1ul << 44 | (uint64_t)root >> 12;
}

static void fill_frames(void)
{
    for (unsigned page = 0; page < WINDOW_PAGES; page++) {
        uint64_t *p = (uint64_t *)(FRAMES + page * 4096);
        int code = page >= WINDOW_PAGES / 2;
        uint64_t v = rng();
        for (unsigned i = 0; i < 512; i = i == 127 ? 384 : i + 1) { /* what a block can reach */
            p[i] = code ? RETURNS : v;
            v = v * 0x9fb21c651e98df25ul + 1;
        }
    }
    __asm__ volatile("fence.i" ::: "memory");
}

/* ---------------------------------------------------------------- one block */

/*
 * What may differ on two correct machines stays out (priv 3.1.16): the value of a breakpoint is zero or its address,
 * that of an illegal instruction zero or its bits. And one fault of QEMU 7.2 is made good: it reports an AMO that is
 * misaligned or may not be done as a load's fault; an AMO's faults are those of a store (priv 3.1.15).
 */
static uint64_t as_store(uint64_t cause, uint32_t bits)
{
    int amo = (bits & 0x7f) == 0x2f && bits >> 27 != 2; /* all but lr */
    return amo && (cause == 4 || cause == 5 || cause == 13 || cause == 21) ? cause + 2 : cause;
}

static int of_fetch(uint64_t cause)
{
    return cause == 0 || cause == 1 || cause == 12 || cause == 20;
}

/*
 * What a trap tells beside cause and value where guests are: the mode, whose address it is, and after a guest-page
 * fault which page. The instruction is not compared: it may be zero, and QEMU 7.2 has one where we have none.
 */
static uint64_t guest_details(uint64_t h, uint64_t cause)
{
    uint64_t status = csr_read(mstatus);
    int second = cause == 20 || cause == 21 || cause == 23;
    h = mix(h, status & MSTATUS_MPV);
    /* QEMU 7.2 says of every value from a virtual mode that it is a guest's address, of no other. */
    if ((second || cause == 12 || cause == 13 || cause == 15) && (status & MSTATUS_MPV))
        h = mix(h, status & MSTATUS_GVA);
    if (second) {
        h = mix(h, csr_read(mtval2));
        if (context.verbose)
            print("  guest page %lx\n", csr_read(mtval2) << 2);
    }
    return h;
}

uint64_t trapped(struct context *c, uint64_t cause, uint64_t epc, uint64_t tval)
{
    uint64_t h = c->trap_hash;
    int fetched = !of_fetch(cause);
    if (fetched) {
        const volatile uint16_t *p = (const volatile uint16_t *)epc;
        uint32_t bits = (*p & 3) == 3 ? *p | (uint32_t)p[1] << 16 : *p;
        if (cause == 3 || ((cause == 2 || cause == 22) && tval == bits))
            tval = 0;
        cause = as_store(cause, bits);
    }
    h = mix(h, cause);
    h = mix(h, epc - c->code);
    h = mix(h, tval);
    if (c->guest)
        h = guest_details(h, cause);
    c->trap_hash = h;
    if (c->verbose)
        print("  trap %lu at +%lx, value %lx\n", cause, epc - c->code, tval);
    if (++c->traps > MAX_TRAPS)
        return c->end;
    if (!fetched)
        return c->x[1]; /* a call: it goes on behind it */
    return epc + ((*(volatile uint16_t *)epc & 3) == 3 ? 4 : 2);
}

static void prepare(const struct block *b, uint64_t repetition)
{
    state = b->seed ^ repetition * 0xd1342543de82ef95ul;
    for (int i = 0; i < 32; i++) {
        context.x[i] = integer();
        context.f[i] = float_register();
    }
    uint64_t r = rng();
    if (b->levels) {
        uint64_t page = r >> 32 & 7, edge = r >> 40 & 1;
        context.x[b->aligned] = b->window + page * 4096 + (edge ? 0xf80 + (r & 0x70) : (r & 0x78));
        page = r >> 44 & 7;
        uint64_t data = (r >> 52 & 7) ? b->window : superpage(b) + (FRAMES & 0x1fffff);
        context.x[b->any] = data + page * 4096 + (edge ? 0xff8 + (r >> 8 & 7) : (r >> 8 & 0x7f));
        context.x[b->call] = b->window + (8 + (r >> 48 & 7)) * 4096 + (r >> 16 & 0x3e);
    } else {
        context.x[b->aligned] = SCRATCH - 128 + (r & 0xf8);
        context.x[b->any] = SCRATCH - 128 + (r >> 8 & 0xff);
        context.x[b->call] = FRAMES + 8 * 4096 + (r >> 16 & 0x3e);
    }
    context.fcsr = b->fcsr;
    context.epc = b->code;
    context.code = b->code;
    context.end = b->end;
    context.status = (uint64_t)b->mode << 11 | MSTATUS_FS_INITIAL | b->status;
    context.guest = b->second;
    if (b->second) {
        uint64_t own = MSTATUS_SUM | MSTATUS_MXR;
        csr_write(vsstatus, (b->status & own) | MSTATUS_FS_INITIAL);
        csr_write(hstatus, b->access == 2 ? HSTATUS_SPVP : 0);
        context.status &= ~own;
        context.status |= b->access ? 0 : MSTATUS_MPV;
    }
    context.traps = 0;
    context.trap_hash = 0;
}

static uint64_t scratch_hash(const struct block *b)
{
    uint64_t h = 0;
    if (!b->levels) {
        const uint64_t *p = (const uint64_t *)(SCRATCH - SCRATCH_BYTES / 2);
        for (unsigned i = 0; i < SCRATCH_BYTES / 8; i++)
            h = mix(h, p[i]);
        return h;
    }
    for (unsigned page = 0; page < WINDOW_PAGES / 2; page++) {
        const uint64_t *p = (const uint64_t *)(FRAMES + page * 4096);
        for (unsigned i = 0; i < 512; i = i == 127 ? 384 : i + 1)
            h = mix(h, p[i]);
    }
    uint64_t ignored = b->loose ? PTE_A : 0;
    for (unsigned page = 0; page < WINDOW_PAGES; page++) /* accessed and dirty bits */
        h = mix(h, *entry((uint64_t *)TABLES, b->levels, 0, b->window + page * 4096) & ~ignored);
    h = mix(h, *entry((uint64_t *)TABLES, b->levels, 1, superpage(b)) & ~ignored);
    for (unsigned page = 0; b->second && page < WINDOW_PAGES; page++)
        h = mix(h, *entry((uint64_t *)SECOND, b->second, 0, FRAMES + page * 4096) & ~ignored);
    return h;
}

static uint64_t digest(const struct block *b)
{
    uint64_t h = mix(context.trap_hash, context.traps);
    for (int i = 1; i < 32; i++)
        h = mix(h, context.x[i]);
    for (int i = 0; i < 32; i++)
        h = mix(h, context.f[i]);
    h = mix(h, context.fcsr);
    return mix(h, scratch_hash(b));
}

static void print_entries(const struct block *b)
{
    for (unsigned page = 0; page < WINDOW_PAGES; page++)
        print("  page %u at %lx: entry %lx\n", page, b->window + page * 4096,
              *entry((uint64_t *)TABLES, b->levels, 0, b->window + page * 4096));
    print("  superpage at %lx: entry %lx\n", superpage(b), *entry((uint64_t *)TABLES, b->levels, 1, superpage(b)));
    for (unsigned page = 0; b->second && page < WINDOW_PAGES; page++)
        print("  frame at %lx: entry %lx\n", FRAMES + page * 4096,
              *entry((uint64_t *)SECOND, b->second, 0, FRAMES + page * 4096));
}

/* Puts tables in force, for the modes that the block needs them for. */
static void translate(const struct block *b)
{
    uint64_t tables = build_tables(b);
    if (!b->second) {
        csr_write(satp, tables);
        __asm__ volatile("sfence.vma" ::: "memory");
        return;
    }
    csr_write(vsatp, tables);
    csr_write(hgatp, build_second_stage(b));
    if (b->access) { /* QEMU 7.2 takes a guest's page fault for an access fault where satp is bare */
        next_table = OWN;
        table()[2] = 0x80000000ul >> 2 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D;
        csr_write(satp, 8ul << 60 | OWN >> 12);
    }
    __asm__ volatile(".word 0x62000073\n .word 0x22000073" ::: "memory"); /* hfence.gvma; hfence.vvma */
}

static void translate_nothing(void)
{
    csr_write(satp, 0);
    csr_write(vsatp, 0);
    csr_write(hgatp, 0);
    __asm__ volatile("sfence.vma\n .word 0x62000073\n .word 0x22000073" ::: "memory");
}

static void dump(const struct block *b)
{
    if (b->levels)
        print_entries(b);
    for (int i = 1; i < 32; i++)
        print("  x%d %016lx\n", i, context.x[i]);
    for (int i = 0; i < 32; i++)
        print("  f%d %016lx\n", i, context.f[i]);
    print("  fcsr %lx\n  traps %lu\n  memory %016lx\n", context.fcsr, context.traps, scratch_hash(b));
}

static uint64_t run(const struct block *b, uint64_t repetition)
{
    prepare(b, repetition);
    if (b->levels) {
        fill_frames();
        translate(b);
    } else if (repetition == 0) {
        uint64_t *p = (uint64_t *)(SCRATCH - SCRATCH_BYTES / 2);
        for (unsigned i = 0; i < SCRATCH_BYTES / 8; i++)
            p[i] = rng();
    }
    if (b->levels && context.verbose)
        print_entries(b);
    csr_write(sscratch, rng());
    csr_write(stval, rng());
    run_block(&context);
    if (b->levels)
        translate_nothing();
    return digest(b);
}

int main(uint64_t hart, const void *dtb)
{
    (void)hart, (void)dtb;
    const struct program *p = (const struct program *)PROGRAM;
    if (p->magic != MAGIC) {
        print("no program at %lx\n", PROGRAM);
        return 1;
    }
    csr_write(pmpaddr0, ~0ul >> 10);
    csr_write(pmpcfg0, 0x1f);
    csr_write(menvcfg, MENVCFG_ADUE | MENVCFG_PBMTE);
    csr_write(henvcfg, MENVCFG_ADUE | MENVCFG_PBMTE);
    csr_write(mcounteren, 0);
    csr_write(medeleg, 0);
    csr_write(mideleg, 0);
    csr_write(mie, 0);
    context.verbose = p->verbose;
    fill_frames();
    for (uint64_t i = 0; i < p->blocks; i++) {
        uint64_t h = 0;
        for (uint64_t r = 0; r < p->repetitions; r++) {
            if (p->verbose)
                print("block %lu repetition %lu\n", i, r);
            h = mix(h, run(&p->block[i], r));
            if (p->verbose)
                dump(&p->block[i]);
        }
        print("%lx %016lx\n", i, h);
    }
    print("retired %lu\n", context.retired);
    return 0;
}
