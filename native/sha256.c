#include "sha256.h"

#include <string.h>

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t read_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void portable_block(uint32_t state[8], const unsigned char *data)
{
	uint32_t w[64], s[8];
	for (int i = 0; i < 16; i++)
		w[i] = read_be32(data + 4 * i);
	for (int i = 16; i < 64; i++) {
		uint32_t low = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t high = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
		w[i] = w[i - 16] + low + w[i - 7] + high;
	}
	memcpy(s, state, sizeof s);
	for (int i = 0; i < 64; i++) {
		uint32_t sum1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
		uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
		uint32_t first = s[7] + sum1 + choice + sha256_constants[i] + w[i];
		uint32_t sum0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
		uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
		memmove(s + 1, s, 7 * sizeof *s);
		s[4] += first;
		s[0] = first + sum0 + majority;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

static void blocks(uint32_t state[8], const unsigned char *data, size_t count)
{
	static sha256_blocks *of_cpu;
	static int asked;
	if (!asked) {
		of_cpu = sha256_of_cpu();
		asked = 1;
	}
	if (of_cpu) {
		of_cpu(state, data, count);
		return;
	}
	for (; count > 0; count--, data += 64)
		portable_block(state, data);
}

void sha256_begin(struct sha256 *sha)
{
	static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
		0x1f83d9ab, 0x5be0cd19 };
	memcpy(sha->state, initial, sizeof initial);
	sha->size = 0;
}

void sha256_add(struct sha256 *sha, const void *data, size_t size)
{
	const unsigned char *p = data;
	size_t held = sha->size % 64;
	sha->size += size;
	if (held) {
		size_t step = 64 - held < size ? 64 - held : size;
		memcpy(sha->rest + held, p, step);
		p += step;
		size -= step;
		if (held + step < 64)
			return;
		blocks(sha->state, sha->rest, 1);
	}
	if (size >= 64)
		blocks(sha->state, p, size / 64);
	memcpy(sha->rest, p + size / 64 * 64, size % 64);
}

void sha256_end(struct sha256 *sha, unsigned char digest[SHA256_SIZE])
{
	unsigned char end[72] = { 0x80 };
	uint64_t bits = sha->size * 8;
	size_t padding = (sha->size % 64 < 56 ? 56 : 120) - sha->size % 64;
	for (int i = 0; i < 8; i++)
		end[padding + (size_t)i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(sha, end, padding + 8);
	for (int i = 0; i < SHA256_SIZE; i++)
		digest[i] = (unsigned char)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_hex(const unsigned char digest[SHA256_SIZE], char text[2 * SHA256_SIZE + 1])
{
	for (int i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	text[2 * SHA256_SIZE] = 0;
}
