/* SHA-256 (FIPS 180-4), with the CPU's own instructions where it has them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
	uint32_t state[8];
	uint64_t size;
	unsigned char rest[64];
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t size);
void sha256_end(struct sha256 *sha, unsigned char digest[SHA256_SIZE]);
/* 64 lower-case digits and a NUL. */
void sha256_hex(const unsigned char digest[SHA256_SIZE], char text[2 * SHA256_SIZE + 1]);

typedef void sha256_blocks(uint32_t state[8], const unsigned char *data, size_t blocks);

/* sha256_cpu.c: how this CPU does it best; NULL when it has no instructions for it. */
sha256_blocks *sha256_of_cpu(void);
extern const uint32_t sha256_constants[64];
