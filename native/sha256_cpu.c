/* SHA-256 by the CPU's own instructions: SHA extensions on x86-64, the crypto extension on arm64. */
#include "sha256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/* STATE0 holds ABEF, STATE1 CDGH: the order that sha256rnds2 wants. Four rounds a step, the schedule as it goes. */
__attribute__((target("sha,sse4.1,ssse3"))) static void x86_blocks(
	uint32_t state[8], const unsigned char *data, size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	const __m128i *constants = (const __m128i *)(const void *)sha256_constants;
	__m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
	__m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
	__m128i s0 = _mm_alignr_epi8(low, high, 8);
	__m128i s1 = _mm_blend_epi16(high, low, 0xf0);
	for (; blocks > 0; blocks--, data += 64) {
		const __m128i before0 = s0, before1 = s1;
		__m128i w[4];
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			__m128i *now = &w[i & 3];
			const __m128i last = w[(i + 3) & 3];
			if (i < 4) {
				const __m128i *block = (const __m128i *)(const void *)(data + 16 * i);
				*now = _mm_shuffle_epi8(_mm_loadu_si128(block), swap);
			} else {
				__m128i x = _mm_sha256msg1_epu32(*now, w[(i + 1) & 3]);
				x = _mm_add_epi32(x, _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
				*now = _mm_sha256msg2_epu32(x, last);
			}
			__m128i sum = _mm_add_epi32(*now, constants[i]);
			s1 = _mm_sha256rnds2_epu32(s1, s0, sum);
			s0 = _mm_sha256rnds2_epu32(s0, s1, _mm_shuffle_epi32(sum, 0x0e));
		}
		s0 = _mm_add_epi32(s0, before0);
		s1 = _mm_add_epi32(s1, before1);
	}
	low = _mm_shuffle_epi32(s0, 0x1b);
	high = _mm_shuffle_epi32(s1, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(low, high, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

sha256_blocks *sha256_of_cpu(void)
{
	unsigned a, b, c, d;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
		return NULL;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_SHA))
		return NULL;
	return x86_blocks;
}

#elif defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>

#define HWCAP_SHA2_BIT (1u << 6)

__attribute__((target("+crypto"))) static void arm_blocks(uint32_t state[8], const unsigned char *data, size_t blocks)
{
	uint32x4_t s0 = vld1q_u32(state), s1 = vld1q_u32(state + 4);
	for (; blocks > 0; blocks--, data += 64) {
		const uint32x4_t before0 = s0, before1 = s1;
		uint32x4_t w[4];
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			uint32x4_t *now = &w[i & 3];
			if (i < 4)
				*now = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data + 16 * i)));
			else
				*now = vsha256su1q_u32(
					vsha256su0q_u32(*now, w[(i + 1) & 3]), w[(i + 2) & 3], w[(i + 3) & 3]);
			uint32x4_t sum = vaddq_u32(*now, vld1q_u32(sha256_constants + 4 * i));
			uint32x4_t kept = s0;
			s0 = vsha256hq_u32(s0, s1, sum);
			s1 = vsha256h2q_u32(s1, kept, sum);
		}
		s0 = vaddq_u32(s0, before0);
		s1 = vaddq_u32(s1, before1);
	}
	vst1q_u32(state, s0);
	vst1q_u32(state + 4, s1);
}

sha256_blocks *sha256_of_cpu(void)
{
	return getauxval(AT_HWCAP) & HWCAP_SHA2_BIT ? arm_blocks : NULL;
}

#else
sha256_blocks *sha256_of_cpu(void)
{
	return NULL;
}
#endif
