/*
 * How long a request and its answer take: sends a block to a server that sends one back when it has it all, again and again.
 * Arguments: the server's IPv4 address and port, bytes of a block, rounds. Prints the marker lines of the other benchmarks; events is the
 * median in nanoseconds, sum the 99th percentile in hexadecimal.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t round_trip(int peer, char *block, size_t size)
{
    int64_t begin = now();
    for (size_t done = 0; done < size;) {
        ssize_t n = write(peer, block + done, size - done);
        if (n <= 0)
            fail("write");
        done += (size_t)n;
    }
    for (size_t done = 0; done < size;) {
        ssize_t n = read(peer, block + done, size - done);
        if (n <= 0)
            fail("read");
        done += (size_t)n;
    }
    return now() - begin;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: rtt ADDRESS PORT BYTES ROUNDS\n");
        return 2;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    size_t size = (size_t)atol(argv[3]), rounds = (size_t)atol(argv[4]);
    char *block = calloc(1, size);
    int64_t *times = calloc(rounds, sizeof *times);
    int peer = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (!block || !times || peer < 0 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
        fail("rtt");
    if (connect(peer, (struct sockaddr *)&to, sizeof to))
        fail("connect");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    for (size_t i = 0; i < rounds / 5; i++)
        round_trip(peer, block, size);
    puts("@B latency");
    fflush(stdout);
    for (size_t i = 0; i < rounds; i++)
        times[i] = round_trip(peer, block, size);
    qsort(times, rounds, sizeof *times, compare);
    printf("@E latency n=%zu guest_us=0 sum=%llx events=%lld\n", rounds, (unsigned long long)times[rounds * 99 / 100],
           (long long)times[rounds / 2]);
    return 0;
}
