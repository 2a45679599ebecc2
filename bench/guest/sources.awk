# Writes a program of 10,000 lines of C: 25 files, a header and a Makefile, into the directory that `out` names.
# Its functions are of ten kinds, as programs have them, with numbers and names of their own.
# The same files from every awk: all numbers are integers below 2^53.

function next_number(limit) {
    seed = (seed * 16807) % 2147483647
    return seed % limit
}

# One line, counted.
function put(line) {
    print line >file
    lines++
}

function scanner(name,    i, cases) {
    put("/* Counts the words of a kind in a text. */")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    char text[" 64 + next_number(64) "];")
    put("    unsigned long words = 0, state = 0;")
    put("    snprintf(text, sizeof text, \"%lx;%lu,%lo %s\", seed, seed * " next_number(1000) ", seed >> 3, \"" name "\");")
    put("    for (const char *p = text; *p; p++) {")
    put("        switch (*p) {")
    cases = 4 + next_number(6)
    for (i = 0; i < cases; i++)
        put("        case '" substr("0123456789abcdef", i + 1, 1) "': state = state * " 3 + next_number(50) " + " next_number(9) "; break;")
    put("        case ';': case ',': case ' ': words += state & " next_number(255) "; state = 0; break;")
    put("        default: state ^= (unsigned long)*p << " next_number(16) "; break;")
    put("        }")
    put("    }")
    put("    return words ^ state ^ strlen(text);")
    put("}")
}

function list(name) {
    put("/* Keeps a list in order while it grows, and takes it down again. */")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    struct node *head = NULL, *next;")
    put("    unsigned long sum = 0;")
    put("    for (int i = 0; i < " 10 + next_number(30) "; i++) {")
    put("        struct node *n = malloc(sizeof *n), **at = &head;")
    put("        if (n == NULL)")
    put("            abort();")
    put("        seed = seed * 6364136223846793005ul + " 2 * next_number(100000) + 1 ";")
    put("        n->key = (int)(seed >> 40);")
    put("        n->weight = (double)n->key / " 1 + next_number(30) ".0;")
    put("        while (*at != NULL && (*at)->key < n->key)")
    put("            at = &(*at)->next;")
    put("        n->next = *at;")
    put("        *at = n;")
    put("    }")
    put("    for (int i = 1; head != NULL; i++, head = next) {")
    put("        next = head->next;")
    put("        sum += (unsigned long)head->key * (unsigned long)i + (unsigned long)head->weight;")
    put("        free(head);")
    put("    }")
    put("    return sum;")
    put("}")
}

function matrix(name,    n) {
    n = 6 + next_number(10)
    put("/* A product of two small matrices, and its trace. */")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    double a[" n "][" n "], b[" n "][" n "], trace = 0;")
    put("    for (int i = 0; i < " n "; i++)")
    put("        for (int j = 0; j < " n "; j++) {")
    put("            a[i][j] = (double)((seed >> ((i + j) & 31)) & 15) + " next_number(9) ";")
    put("            b[i][j] = i == j ? " 1 + next_number(5) ".5 : (double)((i * " 1 + next_number(7) " + j) % " 2 + next_number(9) ");")
    put("        }")
    put("    for (int i = 0; i < " n "; i++) {")
    put("        double c = 0;")
    put("        for (int k = 0; k < " n "; k++)")
    put("            c += a[i][k] * b[k][i];")
    put("        trace += c;")
    put("    }")
    put("    return (unsigned long)trace;")
    put("}")
}

function hash(name) {
    put("/* Mixes a block of words. */")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    uint32_t w[16], a = (uint32_t)seed, b = " next_number(1000000) "u, c = " next_number(1000000) "u;")
    put("    for (uint32_t i = 0; i < 16; i++)")
    put("        w[i] = (uint32_t)(seed >> (i & 15)) * " 2 * next_number(10000) + 1 "u + i;")
    put("    for (unsigned r = 0; r < " 2 + next_number(6) "u; r++)")
    put("        for (unsigned i = 0; i < 16; i++) {")
    put("            uint32_t f = (a & b) | (~a & c);")
    put("            a = c;")
    put("            c = b;")
    put("            b += rotate(f + w[(i * " 2 * next_number(7) + 1 "u + r) & 15], " 1 + next_number(30) ");")
    put("            w[i] ^= b;")
    put("        }")
    put("    return (unsigned long)a << 32 | (b ^ c);")
    put("}")
}

function machine(name,    i, states) {
    states = 4 + next_number(5)
    put("/* A state machine that eats the bits of a number. */")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    enum state { S0, S1, S2, S3, S4, S5, S6, S7, S8 } state = S0;")
    put("    unsigned long out = 0;")
    put("    for (int i = 0; i < 64; i++, seed >>= 1) {")
    put("        int bit = (int)(seed & 1);")
    put("        switch (state) {")
    for (i = 0; i < states; i++)
        put("        case S" i ": state = bit ? S" next_number(states) " : S" next_number(states) "; out += " next_number(500) "; break;")
    put("        default: return out;")
    put("        }")
    put("    }")
    put("    return out * " 2 * next_number(50) + 1 " + state;")
    put("}")
}

function tree(name) {
    put("/* Walks a tree that is given by arithmetic. */")
    put("static unsigned long " name "_walk(unsigned long node, int depth)")
    put("{")
    put("    if (depth == 0 || node % " 3 + next_number(11) " == 0)")
    put("        return node;")
    put("    unsigned long left = " name "_walk(node * 2 + " next_number(9) ", depth - 1);")
    put("    unsigned long right = " name "_walk(node * 3 + 1, depth - 2 < 0 ? 0 : depth - 2);")
    put("    return left > right ? left - right : right - left + " next_number(100) ";")
    put("}")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    return " name "_walk(seed & 0xffff, " 6 + next_number(6) ");")
    put("}")
}

function sorting(name,    n) {
    n = 20 + next_number(60)
    put("static int " name "_order(const void *x, const void *y)")
    put("{")
    put("    const struct node *a = x, *b = y;")
    put("    if (a->weight != b->weight)")
    put("        return a->weight < b->weight ? -1 : 1;")
    put("    return (a->key > b->key) - (a->key < b->key);")
    put("}")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    struct node nodes[" n "];")
    put("    for (int i = 0; i < " n "; i++) {")
    put("        seed = seed * 2862933555777941757ul + " next_number(100000) ";")
    put("        nodes[i].key = (int)(seed >> 45) - " next_number(5000) ";")
    put("        nodes[i].weight = (double)(nodes[i].key % " 5 + next_number(90) ");")
    put("    }")
    put("    qsort(nodes, " n ", sizeof *nodes, " name "_order);")
    put("    return (unsigned long)(unsigned)nodes[" next_number(n) "].key;")
    put("}")
}

function bits(name,    i) {
    put("/* Bit tricks on a number. */")
    put("static unsigned long " name "(unsigned long x)")
    put("{")
    put("    int count = 0;")
    for (i = 3 + next_number(5); i; i--)
        put("    x " (next_number(2) ? "^" : "+") "= x " (next_number(2) ? "<<" : ">>") " " 1 + next_number(30) ";")
    put("    for (unsigned long y = x; y; y &= y - 1)")
    put("        count++;")
    put("    if (x & " 2 ^ next_number(20) "ul)")
    put("        x = x / " 3 + next_number(1000) " + (unsigned long)count;")
    put("    else if (count > " 10 + next_number(30) ")")
    put("        x %= " 100 + next_number(100000) ";")
    put("    return x * (unsigned long)(count + " next_number(9) ");")
    put("}")
}

function series(name,    i) {
    put("/* Sums a series in floating point. */")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    double x = (double)(seed & 1023) / 1024.0, term = 1, sum = 0;")
    put("    float y = (float)x;")
    put("    for (int i = 1; i < " 10 + next_number(20) "; i++) {")
    put("        sum += term;")
    put("        term *= x * " 1 + next_number(3) ".25 / (double)i;")
    put("        y = y * " 1 + next_number(2) ".5f - (float)i / " 1 + next_number(9) ".0f;")
    put("        if (y > 1e6f || y < -1e6f)")
    put("            y = 1;")
    put("    }")
    put("    return (unsigned long)(sum * 1000.0) + (unsigned long)(long)y;")
    put("}")
}

function table(name,    i, n) {
    n = 8 + next_number(8)
    put("static const struct { const char *word; int value; } " name "_table[] = {")
    for (i = 0; i < n; i++)
        put("    {\"" sprintf("%c%c%d", 97 + next_number(26), 97 + next_number(26), next_number(1000)) "\", " next_number(10000) "},")
    put("};")
    put("/* Looks words up. */")
    put("static unsigned long " name "(unsigned long seed)")
    put("{")
    put("    const char *word = " name "_table[seed % " n "].word;")
    put("    unsigned long found = 0;")
    put("    for (size_t i = 0; i < sizeof " name "_table / sizeof *" name "_table; i++)")
    put("        if (strcmp(" name "_table[i].word, word) == 0)")
    put("            found += (unsigned long)" name "_table[i].value;")
    put("        else if (strncmp(" name "_table[i].word, word, 1) == 0)")
    put("            found ^= i << " next_number(20) ";")
    put("    return found;")
    put("}")
}

function any(name,    kind) {
    kind = next_number(10)
    if (kind == 0) scanner(name)
    else if (kind == 1) list(name)
    else if (kind == 2) matrix(name)
    else if (kind == 3) hash(name)
    else if (kind == 4) machine(name)
    else if (kind == 5) tree(name)
    else if (kind == 6) sorting(name)
    else if (kind == 7) bits(name)
    else if (kind == 8) series(name)
    else table(name)
}

function unit(u,    f, name, functions, first) {
    file = sprintf("%s/unit%02d.c", out, u)
    first = lines
    put("#include \"units.h\"")
    # Room for the function that calls the others.
    for (functions = 0; lines - first + functions < 385; functions++) {
        put("")
        any("u" u "_f" functions)
    }
    put("")
    put("unsigned long unit" u "(unsigned long x)")
    put("{")
    for (f = 0; f < functions; f++)
        put("    x ^= u" u "_f" f "(x + " f ");")
    put("    return x;")
    put("}")
    close(file)
}

BEGIN {
    seed = 10000
    units = 25
    for (u = 0; u < units; u++)
        unit(u)

    file = out "/units.h"
    put("#include <stdint.h>")
    put("#include <stdio.h>")
    put("#include <stdlib.h>")
    put("#include <string.h>")
    put("")
    put("struct node { struct node *next; int key; double weight; };")
    put("static inline uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }")
    for (u = 0; u < units; u++)
        put("unsigned long unit" u "(unsigned long x);")
    close(file)

    file = out "/main.c"
    put("#include \"units.h\"")
    put("")
    put("int main(void)")
    put("{")
    put("    unsigned long x = 1;")
    for (u = 0; u < units; u++)
        put("    x += unit" u "(x);")
    put("    printf(\"%lx\\n\", x);")
    put("    return 0;")
    put("}")
    close(file)

    file = out "/Makefile"
    print "CC = gcc\nCFLAGS = -O2 -Wall\nobjects = $(patsubst %.c,%.o,$(wildcard *.c))" >file
    print "program: $(objects)\n\t$(CC) -o $@ $(objects)\n$(objects): units.h" >file
    close(file)
    print lines " lines of C in " out >"/dev/stderr"
}
