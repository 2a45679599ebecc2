/* Asks the secure element. */
#include "vault.h"
#include "commands.h"

#define PATIENCE_MS 5000

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void write_mac(volatile struct vault *w, const char *hex)
{
    if (strlen(hex) != 2 * VAULT_MAC_SIZE)
        fail("a MAC has %u hexadecimal digits, not %lu", 2 * VAULT_MAC_SIZE, strlen(hex));
    for (unsigned i = 0; i < VAULT_MAC_SIZE; i++) {
        int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            fail("'%s' is no number of lower-case hexadecimal digits", hex);
        w->mac[i] = (uint8_t)(high << 4 | low);
    }
}

static void await_reply(struct endpoint *e, const volatile struct vault *w, uint32_t request)
{
    while (w->reply != request)
        if (!endpoint_wait(e, PATIENCE_MS))
            fail("no answer in channel %s in %u ms", e->name, PATIENCE_MS);
    __asm__ volatile("fence rw, rw" ::: "memory");
}

static int report(const volatile struct vault *w, int verifying)
{
    switch (w->status) {
    case VAULT_OK:
        for (unsigned i = 0; !verifying && i < VAULT_MAC_SIZE; i++)
            print("%02x", w->mac[i]);
        print(verifying ? "right\n" : "\n");
        return 0;
    case VAULT_WRONG:
        print("wrong\n");
        return 1;
    default:
        print("refused: status %u\n", w->status);
        return 1;
    }
}

int ask_vault(struct endpoint *e, const char *challenge, const char *mac)
{
    volatile struct vault *w = (volatile struct vault *)e->window;
    size_t length = strlen(challenge);
    if (e->window_size < sizeof *w || w->magic != VAULT_MAGIC)
        fail("nobody serves a vault in channel %s", e->name);
    if (!endpoint_writable(e))
        fail("channel %s is read-only on this side", e->name);
    if (length > VAULT_CHALLENGE)
        fail("a challenge has at most %u bytes, not %lu", VAULT_CHALLENGE, length);
    for (size_t i = 0; i < length; i++)
        w->challenge[i] = (uint8_t)challenge[i];
    if (mac)
        write_mac(w, mac);
    w->operation = mac ? VAULT_VERIFY : VAULT_MAC;
    w->length = (uint32_t)length;
    __asm__ volatile("fence rw, rw" ::: "memory");
    uint32_t request = w->request + 1;
    w->request = request;
    endpoint_ring(e, VAULT_RING);
    await_reply(e, w, request);
    return report(w, mac != 0);
}
