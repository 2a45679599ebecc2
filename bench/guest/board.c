/* Of the board rather than of the processor: a device's register, and a second hart. */
#define _GNU_SOURCE
#include "gbench.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------- a device's register */

enum { VALUE = 5 };

/* n thousand reads. Both workloads run this one loop, so that the difference is the device. */
NOINLINE static uint64_t read_words(const volatile uint32_t *p, long n)
{
    uint64_t s = 0;
    for (n *= 1000; n; n--)
        s += *p;
    return s;
}

NOINLINE uint64_t w_mmio_loop(long n)
{
    static volatile uint32_t memory = VALUE;
    return read_words(&memory, n);
}

/* The priority of an interrupt that nothing is wired to: the PLIC keeps what was written and does nothing else. The
 * kernel lets /dev/mem at it, since its driver does not claim the addresses. */
NOINLINE uint64_t w_mmio(long n)
{
#if defined(__riscv)
    enum { PLIC = 0x0c000000, SOURCE = 90 };
    int fd = open("/dev/mem", O_RDWR | O_SYNC);
    volatile uint32_t *priority = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PLIC);
    close(fd);
    if (priority == MAP_FAILED)
        return 0;
    priority[SOURCE] = VALUE;
    uint64_t s = read_words(priority + SOURCE, n);
    priority[SOURCE] = 0;
    munmap((void *)priority, 4096);
    return s;
#else
    return w_mmio_loop(n); /* a host's devices are not to be touched */
#endif
}

/* ------------------------------------------------------ a second hart */

/* The same work in each of `processes` at once; the sum of one, or 0 if they do not agree. */
static uint64_t busy(int processes, long n)
{
    int results[2];
    uint64_t sum = 0, other = 0;
    if (pipe(results))
        return 0;
    for (int i = 0; i < processes; i++)
        if (fork() == 0) {
            sum = w_sieve(n) * 31 + w_qsort(n);
            _exit(write(results[1], &sum, sizeof sum) != sizeof sum);
        }
    close(results[1]);
    int agreed = read(results[0], &sum, sizeof sum) == sizeof sum;
    for (int i = 1; i < processes; i++)
        agreed &= read(results[0], &other, sizeof other) == sizeof other && other == sum;
    close(results[0]);
    while (wait(0) > 0)
        ;
    return agreed ? sum : 0;
}
NOINLINE uint64_t w_busy1(long n) { return busy(1, n); }
NOINLINE uint64_t w_busy2(long n) { return busy(2, n); }
