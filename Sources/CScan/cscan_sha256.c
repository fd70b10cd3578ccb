#include "cscan_sha256.h"

#if defined(__x86_64__)

#include <immintrin.h>

/// FIPS 180-4 §4.2.2.
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

int cscan_has_sha256(void) { return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1"); }

__attribute__((target("sha,sse4.1"))) void cscan_sha256(
    uint32_t *state, const uint8_t *blocks, size_t count) {
    // The instructions want the eight words as f, e, b, a and h, g, d, c, the lowest first.
    __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xB1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1B);
    __m128i abef = _mm_alignr_epi8(abcd, efgh, 8);
    __m128i cdgh = _mm_blend_epi16(efgh, abcd, 0xF0);
    const __m128i bigEndian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);

    for (; count > 0; count--, blocks += 64) {
        __m128i abefBefore = abef, cdghBefore = cdgh;
        __m128i words[4];
        for (int index = 0; index < 4; index++) {
            words[index] = _mm_shuffle_epi8(
                _mm_loadu_si128((const __m128i *)(const void *)(blocks + 16 * index)), bigEndian);
        }
        // Four rounds a step; from the fifth step on the words are those of the schedule.
#pragma clang loop unroll(full)
        for (int step = 0; step < 16; step++) {
            __m128i now = words[step & 3];
            if (step >= 4) {
                __m128i last = words[(step + 3) & 3];
                now = _mm_sha256msg1_epu32(now, words[(step + 1) & 3]);
                now = _mm_add_epi32(now, _mm_alignr_epi8(last, words[(step + 2) & 3], 4));
                now = _mm_sha256msg2_epu32(now, last);
                words[step & 3] = now;
            }
            __m128i sum = _mm_add_epi32(
                now, _mm_load_si128((const __m128i *)(const void *)(constants + 4 * step)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
        }
        abef = _mm_add_epi32(abef, abefBefore);
        cdgh = _mm_add_epi32(cdgh, cdghBefore);
    }

    __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else

int cscan_has_sha256(void) { return 0; }

void cscan_sha256(uint32_t *state, const uint8_t *blocks, size_t count) {
    (void)state;
    (void)blocks;
    (void)count;
}

#endif
