/* The proof that an installation works: greets on the console and answers there. */
#include "guest.h"

static const void *tree;
static uint32_t timebase;

static void print_time(void)
{
    uint64_t t = csr_read(time);
    print("%lu.%06lu s by the board's clock (time = %lu at %u Hz)\n", t / timebase,
          t % timebase * 1000000 / timebase, t, timebase);
}

/* misa: MXL in the two highest bits, one bit for each letter (priv 3.1.1). */
static void print_isa(void)
{
    uint64_t misa = csr_read(misa);
    print("rv%u", 16u << (misa >> 62));
    for (int i = 0; i < 26; i++)
        if (misa >> i & 1)
            put((char)('a' + i));
    print(" (misa %lx, mvendorid %lx, marchid %lx, mimpid %lx)\n", misa, csr_read(mvendorid), csr_read(marchid),
          csr_read(mimpid));
}

static void print_registers(void)
{
    uint64_t sp, gp, tp;
    __asm__ volatile("mv %0, sp; mv %1, gp; mv %2, tp" : "=r"(sp), "=r"(gp), "=r"(tp));
    print("mhartid %lx  mstatus %lx  mtvec %lx  mie %lx  mip %lx\n", csr_read(mhartid), csr_read(mstatus),
          csr_read(mtvec), csr_read(mie), csr_read(mip));
    print("sp %lx  gp %lx  tp %lx  mcycle %lu  minstret %lu\n", sp, gp, tp, csr_read(mcycle), csr_read(minstret));
}

static void show(const char *what)
{
    struct trap_record *r = &trap_last[0];
    if (r->count)
        print("%s: %s (mcause %lu, mepc %lx, mtval %lx), handled\n", what, cause_name(r->cause), r->cause, r->epc,
              r->tval);
    else
        print("%s: no trap\n", what);
}

static void demonstrate_traps(void)
{
    trap_expect(1);
    __asm__ volatile(".4byte 0xffffffff");
    show("word ffffffff");
    trap_expect(1);
    __asm__ volatile("ecall");
    show("ecall");
    trap_expect(1);
    __asm__ volatile("ld zero, 0(%0)" ::"r"(8ul));
    show("load from 8, where nothing is");
    trap_expect(0);
}

static int parse(const char *s)
{
    int v = 0;
    while (*s >= '0' && *s <= '9')
        v = v * 10 + (*s++ - '0');
    return v & 0xffff;
}

static void help(void)
{
    print("help             this\n"
          "echo TEXT        prints TEXT\n"
          "time             the machine's clock\n"
          "isa              what misa says\n"
          "regs             some registers\n"
          "trap             takes three exceptions and goes on\n"
          "poweroff [CODE]  ends the machine; CODE is its result. So does Ctrl-d\n");
}

static const char *argument(const char *line, const char *command)
{
    size_t n = strlen(command);
    if (strncmp(line, command, n))
        return 0;
    if (!line[n])
        return line + n;
    return line[n] == ' ' ? line + n + 1 : 0;
}

static void obey(const char *line)
{
    const char *a;
    if (!*line)
        return;
    if ((a = argument(line, "echo")))
        print("%s\n", a);
    else if ((a = argument(line, "poweroff")))
        finish(parse(a));
    else if (argument(line, "help"))
        help();
    else if (argument(line, "time"))
        print_time();
    else if (argument(line, "isa"))
        print_isa();
    else if (argument(line, "regs"))
        print_registers();
    else if (argument(line, "trap"))
        demonstrate_traps();
    else
        print("%s: not a command here; try help\n", line);
}

/*
 * A line of printable characters, echoed as typed; backspace and Ctrl-u work. Ctrl-d is the end of input at the
 * beginning of a line, and elsewhere the end of the line, as on a terminal. Returns whether there is a line.
 */
static int read_line(char *line, size_t room)
{
    size_t n = 0;
    for (;;) {
        char c = get();
        if (c == '\r' || c == '\n' || c == 'D' - '@') {
            put('\n');
            line[n] = 0;
            return n || c != 'D' - '@';
        }
        size_t erase = c == 8 || c == 127 ? n > 0 : c == 'U' - '@' ? n : 0;
        for (; erase; erase--, n--)
            print("\b \b");
        if (c >= ' ' && c < 127 && n + 1 < room) {
            line[n++] = c;
            put(c);
        }
    }
}

int main(uint64_t hart, const void *dtb)
{
    tree = dtb;
    timebase = fdt_timebase(dtb);
    if (!timebase)
        timebase = 10000000;
    console_init();
    print("Hello from a bare-metal RISC-V guest. Type poweroff (or Ctrl-a x) to end it, help for more.\n");
    print("hart %lu of %u in machine mode", hart, fdt_harts(tree));
    if (*fdt_model(tree))
        print(" on %s", fdt_model(tree));
    print(", ");
    print_isa();
    print_time();
    char line[128];
    for (print("> "); read_line(line, sizeof line); print("> "))
        obey(line);
    finish(0);
}
