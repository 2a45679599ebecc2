/* What renewal has of networks: what a machine was given there before it was saved, and whether it still is. */
#ifndef NETWORK_H
#define NETWORK_H

#include "linux.h"

#define NAME 16 /* of an interface, with its end */
#define HARDWARE 6

#define SYS_SOCKET 198
#define SYS_BIND 200
#define SYS_SENDTO 206
#define SYS_RECVFROM 207
#define SYS_SETSOCKOPT 208
#define SYS_GETRANDOM 278
#define SOL_SOCKET 1l
#define AF_INET 2l
#define AF_INET6 10l
#define SOCK_DGRAM 2l
#define SOCK_RAW 3l
#define SOCK_CLOEXEC 02000000l

struct interface {
    char name[NAME];
    int32_t index;
    uint8_t hardware[HARDWARE];
};

/* What an answer says, if one has come. */
enum answer { NONE, SAME, OTHER };

/* lease.c: DHCP. `known` is what it has given, as /etc/udhcpc.script keeps it: ADDRESS/LENGTH ROUTERS SERVERS and a newline. */
int lease_open(const struct interface *on);
void lease_ask(int socket, const struct interface *on, const char *known);
enum answer lease_answer(int socket, const char *known);

/* router.c: IPv6. */
int router_open(const struct interface *on);
void router_ask(int socket, const struct interface *on);
enum answer router_answer(int socket, const struct interface *on);
/* Whether the interface has an address by a router's prefix that is not among those that have been told now, if any were. */
int router_has_other(const struct interface *on, const uint8_t *told, long size);

/* text.c */
void join(char *to, size_t room, const char *first, const char *second, const char *third);
/* The next word of a line, which ends it there; an empty one if there is none. */
char *word(char **line);
/* Does something with each line of a small file. */
void each_line(const char *path, void (*visit)(char *line, void *), void *argument);
unsigned long number(const char **text, unsigned base);

#endif
