/*
 * How the secure element is asked through its channel's window (docs/guests.md); little-endian. Whoever asks fills in
 * operation, length, challenge and mac, then adds one to `request` and rings; the answer is there, and the other side
 * rung, when `reply` equals `request`.
 */
#ifndef VAULT_H
#define VAULT_H

#include <stdint.h>

#define VAULT_CHANNEL "vault"
#define VAULT_MAGIC 0x544c5556u /* "VULT" */
#define VAULT_VERSION 1
#define VAULT_RING 1u

#define VAULT_MAC 1    /* mac becomes HMAC-SHA256(key, challenge) */
#define VAULT_VERIFY 2 /* is mac that of the challenge? */

#define VAULT_OK 0
#define VAULT_WRONG 1 /* the mac is not that of the challenge */
#define VAULT_BAD_OPERATION 2
#define VAULT_BAD_LENGTH 3

#define VAULT_CHALLENGE 256
#define VAULT_MAC_SIZE 32

struct vault {
    uint32_t magic, version; /* the element's */
    uint32_t request;        /* the asker's */
    uint32_t reply;          /* the element's */
    uint32_t operation, length;
    uint32_t status; /* the element's */
    uint32_t reserved;
    uint8_t challenge[VAULT_CHALLENGE];
    uint8_t mac[VAULT_MAC_SIZE];
};

#endif
