/* Formatted output: %c %s %d %u %x with l, a width and zero padding, which is what the guests need. */
#include "guest.h"

static void number(uint64_t v, unsigned base, int width, char pad, int negative)
{
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    if (negative && pad == '0')
        put('-');
    for (int i = n + negative; i < width; i++)
        put(pad);
    if (negative && pad != '0')
        put('-');
    while (n)
        put(digits[--n]);
}

void vprint(const char *format, va_list args)
{
    for (const char *p = format; *p; p++) {
        if (*p != '%') {
            put(*p);
            continue;
        }
        char pad = ' ';
        int width = 0, is_long = 0;
        if (*++p == '0')
            pad = *p++;
        while (*p >= '0' && *p <= '9')
            width = width * 10 + (*p++ - '0');
        while (*p == 'l') {
            is_long = 1;
            p++;
        }
        switch (*p) {
        case 'c':
            put((char)va_arg(args, int));
            break;
        case 's': {
            const char *s = va_arg(args, const char *);
            width -= (int)strlen(s);
            while (*s)
                put(*s++);
            while (width-- > 0)
                put(' ');
            break;
        }
        case 'd': {
            int64_t v = is_long ? va_arg(args, long) : va_arg(args, int);
            number(v < 0 ? -(uint64_t)v : (uint64_t)v, 10, width, pad, v < 0);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t v = is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned);
            number(v, *p == 'u' ? 10 : 16, width, pad, 0);
            break;
        }
        default:
            put(*p);
        }
    }
}

void print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprint(format, args);
    va_end(args);
}
