/*
 * The driver VM's own console, which several clients have parts of. Each line is marked with whose it is, and is shown
 * when it has ended; only the client that keys go to shows its line while it grows. A client that is alone has the console
 * as it is. Control-T gives the keys to the next client.
 */
#include "driver.h"

#define NEXT_CLIENT ('T' & 0x1f)
#define ESCAPE 27
#define LINE_STATUS 5 /* registers of the 16550 */
#define LINE_STATUS_EMPTY 0x20
#define MOST_KEYS 256
#define MOST_AT_A_TIME 1024 /* characters of a request before it is somebody else's turn */
#define STACK 4096

static struct client *chosen; /* has the keys */
static struct client *open;   /* whose line is on the terminal and has not ended */
static volatile uint32_t key_first, key_end;
static char keys[MOST_KEYS];
static int more; /* to be printed of a request that has had its turn */
static struct task reader;
static char stack[STACK] STACK_ALIGNED;

static void put_raw(char c)
{
    while (!(in8(UART + LINE_STATUS) & LINE_STATUS_EMPTY))
        ;
    out8(UART, (uint8_t)c);
}

static int has_console(const struct client *c) { return c->kind == KIND_CONSOLE && c->epoch; }

static int shared(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < client_count; i++)
        n += has_console(&clients[i]);
    return n > 1;
}

/* --- what clients print --- */

static void leave_line(void)
{
    if (open)
        put('\n');
    open = 0;
}

/* What of a line is not on the terminal yet. */
static void show(struct client *c)
{
    if (open != c) {
        leave_line();
        print("%s| ", c->name);
        c->shown = 0;
    }
    open = c;
    while (c->shown < c->length)
        put(c->line[c->shown++]);
}

static void end_line(struct client *c)
{
    show(c);
    leave_line();
    c->length = c->shown = 0;
    if (chosen && chosen != c && chosen->length)
        show(chosen);
}

/* What has no column of its own is not gone back by: a client would get out of its line, to whose it is. */
static void erase(struct client *c)
{
    if (!c->length)
        return;
    char erased = c->line[--c->length];
    if (c->shown > c->length) {
        c->shown = c->length;
        if (open == c && erased >= ' ' && erased < 0x7f)
            put('\b');
    }
}

/* Whether a character would be a control character of 8 bits to a terminal, or the end of one in UTF-8 (U+0080 to U+009F). */
static int controls(const struct client *c, uint8_t character)
{
    uint8_t before = c->length ? (uint8_t)c->line[c->length - 1] : 0;
    return character >= 0x80 && character < 0xa0 && (before < 0x80 || before == 0xc2);
}

/* Whether a character belongs to a sequence that moves the cursor, and so could be mistaken for another's line. */
static int escapes(struct client *c, uint8_t character)
{
    int before = c->escape;
    if (character == ESCAPE)
        c->escape = 1;
    else if (before == 1)
        c->escape = character == '[' ? 2 : 0;
    else if (before == 2 && character >= 0x40)
        c->escape = 0;
    return before || c->escape;
}

static void print_marked(struct client *c, uint8_t character)
{
    if (escapes(c, character) || controls(c, character))
        return;
    if (character == '\b')
        erase(c);
    else if (character == '\n')
        end_line(c);
    else if (character == '\t' || (character >= ' ' && character != 0x7f))
        c->line[c->length++] = (char)character;
    if (c->length == MOST_LINE)
        end_line(c);
}

int terminal_begin(const struct job *job)
{
    struct client *c = job->client;
    int marked = shared();
    for (unsigned left = MOST_AT_A_TIME; left > 0 && c->printed < job->request.out_bytes; left--) {
        uint8_t character = (uint8_t)c->window[job->request.out + c->printed++];
        if (marked)
            print_marked(c, character);
        else
            put_raw((char)character);
    }
    if (marked && c == chosen && c->shown < c->length)
        show(c);
    if (c->printed < job->request.out_bytes) {
        more = 1;
        return 0;
    }
    c->printed = 0;
    answer(c, job->request.number, 0);
    return 1;
}

void say(const char *format, const char *name, uint32_t number)
{
    leave_line();
    console_print(format, name, number);
    if (chosen && chosen->length)
        show(chosen);
}

/* --- what is typed --- */

static void read_keys(void *unused)
{
    (void)unused;
    for (;;) {
        int key = console_key(NEVER);
        if (key_end - key_first < MOST_KEYS) /* More than anybody wants is lost. */
            keys[key_end++ % MOST_KEYS] = (char)key;
        else if (key == NEXT_CLIENT)
            keys[(key_end - 1) % MOST_KEYS] = NEXT_CLIENT;
        wake(0);
    }
}

void terminal_init(void) { task_create(&reader, "keys", 18, read_keys, 0, stack, sizeof stack); }

/* The client behind the one that has them now. */
static void choose(void)
{
    unsigned from = chosen ? (unsigned)(chosen - clients) + 1 : 0;
    for (unsigned i = 0; i < client_count; i++) {
        struct client *c = &clients[(from + i) % client_count];
        if (has_console(c)) {
            chosen = c;
            return;
        }
    }
}

/* Gives its client the keys up to the next one that chooses another; whether there were any. */
static int give(void)
{
    const struct service_request *room = room_of(chosen);
    int marked = shared();
    uint32_t n = 0;
    for (; room && n < room->in_bytes && key_first != key_end; n++) {
        char key = keys[key_first % MOST_KEYS];
        if (marked && key == NEXT_CLIENT)
            break;
        chosen->window[room->in + n] = key;
        key_first++;
    }
    if (n)
        room_filled(chosen, n);
    return n > 0;
}

/* Keys wait for a client that has no room for them, but who wants another client does not wait for that one. */
static void skip(void)
{
    for (uint32_t k = key_first; k != key_end; k++)
        if (keys[k % MOST_KEYS] == NEXT_CLIENT) {
            key_first = k;
            return;
        }
}

int terminal_has(void) { return chosen && key_first != key_end && room_of(chosen); }

int terminal_finish(void)
{
    int any = more;
    more = 0;
    if (!chosen)
        choose();
    if (!chosen || key_first == key_end)
        return any;
    if (shared() && !room_of(chosen))
        skip();
    if (shared() && keys[key_first % MOST_KEYS] == NEXT_CLIENT) {
        key_first++;
        choose();
        say("driver: keys go to %s\n", chosen->name, 0);
        return 1;
    }
    return give() || any;
}
