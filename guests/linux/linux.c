#include "linux.h"

#define AT_FDCWD (-100)
#define STDOUT 1

/* The program's entry: the stack has argc, then argv. */
__asm__(".text\n"
        ".globl _start\n"
        "_start:\n"
        "  .option push\n"
        "  .option norelax\n"
        "  la gp, __global_pointer$\n"
        "  .option pop\n"
        "  lw a0, 0(sp)\n"
        "  addi a1, sp, 8\n"
        "  andi sp, sp, -16\n"
        "  call run\n"
        "  mv s0, a0\n"
        "  call flush\n"
        "  mv a0, s0\n"
        "  li a7, 93\n" /* SYS_EXIT */
        "  ecall\n"
        ".globl system_call\n"
        "system_call:\n" /* number, up to six arguments */
        "  mv a7, a0\n"
        "  mv a0, a1\n"
        "  mv a1, a2\n"
        "  mv a2, a3\n"
        "  mv a3, a4\n"
        "  mv a4, a5\n"
        "  mv a5, a6\n"
        "  ecall\n"
        "  ret\n");

static char output[512];
static size_t used;
static int output_to = STDOUT;

void flush(void)
{
    for (size_t done = 0; done < used;) {
        long n = system_call(SYS_WRITE, output_to, output + done, used - done);
        if (n <= 0)
            break; /* nobody listens any more */
        done += (size_t)n;
    }
    used = 0;
}

void put(char c)
{
    output[used++] = c;
    if (c == '\n' || used == sizeof output)
        flush();
}

void fail(const char *format, ...)
{
    flush();
    output_to = STDERR;
    va_list args;
    va_start(args, format);
    print("%s: ", program);
    vprint(format, args);
    print("\n");
    va_end(args);
    system_call(SYS_EXIT, 1);
    __builtin_unreachable();
}

int open_file(const char *path, int flags)
{
    return (int)system_call(SYS_OPENAT, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

long read_file(const char *path, void *to, size_t room)
{
    int fd = open_file(path, O_RDONLY);
    if (fd < 0)
        return fd;
    long n = system_call(SYS_READ, fd, to, room);
    system_call(SYS_CLOSE, fd);
    return n;
}

struct entry { /* getdents64(2) */
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

int each_entry(const char *directory, const char *prefix, int (*visit)(const char *name, void *), void *argument)
{
    static char buffer[4096] __attribute__((aligned(8)));
    int fd = open_file(directory, O_RDONLY), found = 0;
    if (fd < 0)
        return 0;
    for (long n; !found && (n = system_call(SYS_GETDENTS64, fd, buffer, sizeof buffer)) > 0;)
        for (long at = 0; !found && at < n;) {
            const struct entry *e = (const struct entry *)(buffer + at);
            found = !strncmp(e->name, prefix, strlen(prefix)) && visit(e->name, argument);
            at += e->length;
        }
    system_call(SYS_CLOSE, fd);
    return found;
}
