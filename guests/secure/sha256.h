/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104). */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_BLOCK 64

struct sha256 {
    uint32_t h[8];
    uint64_t length;
    uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t n);
void sha256_end(struct sha256 *s, uint8_t digest[SHA256_SIZE]);

/* The key has at most SHA256_BLOCK bytes. */
void hmac_sha256(const uint8_t *key, size_t key_size, const void *bytes, size_t n, uint8_t mac[SHA256_SIZE]);

/* Whether known answers come out. */
int sha256_self_test(void);

#endif
