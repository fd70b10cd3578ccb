#ifndef CSCAN_GRAMS_H
#define CSCAN_GRAMS_H

// Finding places where one of many texts may begin: three bytes, ASCII letters in either case, are hashed to
// one of 65,536 bits. Two hundred texts leave three places in a thousand to look at.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// The bit that stands for three bytes.
static inline uint32_t cscan_gram(uint8_t first, uint8_t second, uint8_t third) {
    uint32_t word = (uint32_t)first | (uint32_t)second << 8 | (uint32_t)third << 16;
    return ((word | 0x202020u) * 0x9E3779B1u) >> 16;
}

/// The offset of the first place at `at` or behind whose three bytes are in `table` (1024 words), or `count`
/// when there is none. Reads no byte at or behind `count`.
static inline size_t cscan_gram_find(
    const uint8_t *_Nonnull bytes, size_t count, size_t at, const uint64_t *_Nonnull table) {
    while (at + 8 <= count) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        word |= 0x2020202020202020u;
        // Six places of one load; little-endian like every machine that Swift runs on.
        uint32_t hit = 0;
        for (unsigned place = 0; place < 6; place++) {
            uint32_t gram = ((uint32_t)(word >> (8 * place)) & 0xFFFFFFu) * 0x9E3779B1u >> 16;
            hit |= (uint32_t)(table[gram >> 6] >> (gram & 63) & 1u) << place;
        }
        if (hit != 0) return at + (size_t)__builtin_ctz(hit);
        at += 6;
    }
    for (; at + 3 <= count; at++) {
        uint32_t gram = cscan_gram(bytes[at], bytes[at + 1], bytes[at + 2]);
        if (table[gram >> 6] >> (gram & 63) & 1u) return at;
    }
    return count;
}

/// The offset of the first quote or backslash, or `count` when there is none.
static inline size_t cscan_string_stop(const uint8_t *_Nonnull bytes, size_t count) {
    size_t at = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    while (count - at >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        if (mask != 0) return at + (size_t)__builtin_ctz(mask);
        at += 16;
    }
#endif
    while (at < count && bytes[at] != '"' && bytes[at] != '\\') at += 1;
    return at;
}

#endif
