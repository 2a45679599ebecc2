/* What our programs want of Linux: system calls without a C library, and a few helpers. */
#ifndef LINUX_H
#define LINUX_H

#include "guest.h"

#define SYS_IOCTL 29
#define SYS_OPENAT 56
#define SYS_CLOSE 57
#define SYS_GETDENTS64 61
#define SYS_READ 63
#define SYS_WRITE 64
#define SYS_PPOLL 73
#define SYS_EXIT 93
#define SYS_MMAP 222

#define O_RDONLY 0
#define O_RDWR 2
#define STDERR 2
#define O_SYNC 04010000
#define O_CLOEXEC 02000000

/* The program's own: its name for messages, and what it does, whose result is its exit code. */
extern const char program[];
int run(int argc, char **argv);

/* A negative error number or the result. */
long system_call(long number, ...);

int open_file(const char *path, int flags);
/* Reads a whole small file; the number of bytes, or negative. */
long read_file(const char *path, void *to, size_t room);
/* Calls for each entry of a directory whose name begins so, until one returns true. */
int each_entry(const char *directory, const char *prefix, int (*visit)(const char *name, void *), void *argument);
/* Ends the program with a message on standard error. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void flush(void);

#endif
