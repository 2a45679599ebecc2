/*
 * A secure element: holds a key and answers challenges with it through the channel "vault". The key is made anew at
 * each start from the board's randomness, or given as boot argument key=HEX; no operation yields it.
 */
#include "rtos.h"
#include "sha256.h"
#include "vault.h"

#define KEY_SIZE 32

static uint8_t key[KEY_SIZE];
static struct channel channel;

/* The asker can change the window at any time, so everything is looked at once, in a copy. */
struct request {
    uint32_t number, operation, length;
    uint8_t challenge[VAULT_CHALLENGE], mac[VAULT_MAC_SIZE];
};

static void take(struct request *r, volatile const struct vault *w)
{
    r->operation = w->operation;
    r->length = w->length;
    for (unsigned i = 0; i < VAULT_CHALLENGE; i++)
        r->challenge[i] = w->challenge[i];
    for (unsigned i = 0; i < VAULT_MAC_SIZE; i++)
        r->mac[i] = w->mac[i];
}

/* In a time that does not depend on where they differ. */
static int same(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint8_t different = 0;
    while (n--)
        different |= *a++ ^ *b++;
    return !different;
}

/* Fills in r->mac if the answer has one. */
static uint32_t answer(struct request *r)
{
    uint8_t mac[SHA256_SIZE];
    if (r->operation != VAULT_MAC && r->operation != VAULT_VERIFY)
        return VAULT_BAD_OPERATION;
    if (r->length > VAULT_CHALLENGE)
        return VAULT_BAD_LENGTH;
    hmac_sha256(key, sizeof key, r->challenge, r->length, mac);
    if (r->operation == VAULT_VERIFY)
        return same(mac, r->mac, sizeof mac) ? VAULT_OK : VAULT_WRONG;
    memcpy(r->mac, mac, sizeof mac);
    return VAULT_OK;
}

static void barrier(void)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
}

static const char *name_of(uint32_t status)
{
    static const char *const names[] = {"answered", "wrong mac", "refused: no such operation", "refused: too long"};
    return names[status];
}

static void serve_one(uint32_t number)
{
    volatile struct vault *w = channel.window;
    struct request r;
    barrier();
    take(&r, w);
    uint32_t status = answer(&r);
    if (status == VAULT_OK && r.operation == VAULT_MAC)
        for (unsigned i = 0; i < VAULT_MAC_SIZE; i++)
            w->mac[i] = r.mac[i];
    w->status = status;
    barrier();
    w->reply = number;
    channel_ring(&channel, VAULT_RING);
    console_print("secure: request %u %s\n", number, name_of(status));
}

static void serve(void *unused)
{
    volatile struct vault *w = channel.window;
    (void)unused;
    uint32_t served = w->request; /* what an earlier life was asked is not answered by this one's key */
    w->reply = served;
    w->version = VAULT_VERSION;
    w->magic = VAULT_MAGIC;
    for (;;) {
        uint32_t number = w->request;
        if (number == served) {
            channel_wait(&channel, NEVER);
            continue;
        }
        serve_one(served = number);
    }
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_key(const char *hex)
{
    for (unsigned i = 0; i < KEY_SIZE; i++) {
        int high = digit(hex[2 * i]), low = high < 0 ? -1 : digit(hex[2 * i + 1]);
        if (low < 0)
            return 0;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return 1;
}

/* The seed is overwritten: it leads to the key. */
static void make_key(const void *dtb)
{
    size_t n;
    uint8_t *seed = fdt_seed(dtb, &n);
    if (!seed)
        panic("there is no rng-seed in the device tree to make a key of, and no key=HEX");
    hmac_sha256((const uint8_t *)"vault", 5, seed, n, key);
    memset(seed, 0, n);
}

void app_start(const void *dtb)
{
    static struct task serve_task;
    static char stack[4096] STACK_ALIGNED;
    if (!sha256_self_test())
        panic("SHA-256 does not give the known answers");
    const char *given = fdt_argument_text(dtb, "key");
    if (!given)
        make_key(dtb);
    else if (!read_key(given))
        panic("key= takes %u lower-case hexadecimal digits", 2 * KEY_SIZE);
    if (!channel_open(&channel, dtb, VAULT_CHANNEL) || channel.size < sizeof(struct vault))
        panic("there is no channel " VAULT_CHANNEL " of %lu bytes or more", sizeof(struct vault));
    print("secure: a key is %s, self-test passed, serving channel " VAULT_CHANNEL "\n", given ? "given" : "made");
    task_create(&serve_task, "serve", 10, serve, 0, stack, sizeof stack);
}
