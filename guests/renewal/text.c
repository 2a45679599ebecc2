/* Words, lines and numbers of small files. */
#include "network.h"

void join(char *to, size_t room, const char *first, const char *second, const char *third)
{
    const char *parts[] = {first, second, third};
    for (int n = 0; n < 3; n++)
        for (const char *from = parts[n]; *from && room > 1; room--)
            *to++ = *from++;
    *to = 0;
}

char *word(char **line)
{
    char *begin = *line;
    while (*begin == ' ')
        begin++;
    char *end = begin;
    while (*end && *end != ' ')
        end++;
    *line = *end ? end + 1 : end;
    *end = 0;
    return begin;
}

void each_line(const char *path, void (*visit)(char *line, void *), void *argument)
{
    static char text[4096];
    long size = read_file(path, text, sizeof text - 1);
    text[size < 0 ? 0 : size] = 0;
    for (char *line = text; *line;) {
        char *end = line;
        while (*end && *end != '\n')
            end++;
        char *next = *end ? end + 1 : end;
        *end = 0;
        visit(line, argument);
        line = next;
    }
}

static unsigned digit(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

unsigned long number(const char **text, unsigned base)
{
    unsigned long value = 0;
    for (; digit(**text) < base; (*text)++)
        value = value * base + digit(**text);
    return value;
}
