#ifndef CSCAN_SEARCH_H
#define CSCAN_SEARCH_H

// Finding a text in bytes: first and last byte of the needle are compared sixteen places at a time, and the
// rest only where both fit. Source: W. Muła, "SIMD-friendly algorithms for substring searching".

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// The lower case of an ASCII letter; any other byte as it is.
static inline uint8_t cscan_folded(uint8_t byte) {
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/// Whether `count` bytes are equal but for the case of ASCII letters; `folded` holds lower case already.
static inline int cscan_equal_folded(
    const uint8_t *_Nonnull bytes, const uint8_t *_Nonnull folded, size_t count) {
    for (size_t at = 0; at < count; at++) {
        if (cscan_folded(bytes[at]) != folded[at]) return 0;
    }
    return 1;
}

static inline int cscan_fits(
    const uint8_t *_Nonnull bytes, const uint8_t *_Nonnull needle, size_t count, int folds) {
    return folds ? cscan_equal_folded(bytes, needle, count) : memcmp(bytes, needle, count) == 0;
}

/// The offset of the first `needle` in `bytes`, or `count` when there is none. With `folds`, ASCII letters
/// match in either case and `needle` must be lower case. An empty needle is at 0.
static inline size_t cscan_search(
    const uint8_t *_Nonnull bytes, size_t count, const uint8_t *_Nonnull needle, size_t length, int folds) {
    if (length == 0) return 0;
    if (length > count) return count;
    size_t at = 0, last = length - 1, places = count - length + 1;
#if defined(__SSE2__)
    // A letter in either case differs in one bit; where that bit is set in both, other bytes may fit too, and
    // the full comparison sorts them out.
    const int first_letter = folds && needle[0] >= 'a' && needle[0] <= 'z';
    const int last_letter = folds && needle[last] >= 'a' && needle[last] <= 'z';
    const __m128i first_byte = _mm_set1_epi8((char)needle[0]);
    const __m128i last_byte = _mm_set1_epi8((char)needle[last]);
    const __m128i first_case = _mm_set1_epi8(first_letter ? 0x20 : 0);
    const __m128i last_case = _mm_set1_epi8(last_letter ? 0x20 : 0);
    while (places - at >= 16) {
        __m128i heads = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        __m128i tails = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at + last));
        __m128i both = _mm_and_si128(
            _mm_cmpeq_epi8(_mm_or_si128(heads, first_case), first_byte),
            _mm_cmpeq_epi8(_mm_or_si128(tails, last_case), last_byte));
        unsigned mask = (unsigned)_mm_movemask_epi8(both);
        while (mask != 0) {
            size_t place = at + (size_t)__builtin_ctz(mask);
            if (cscan_fits(bytes + place, needle, length, folds)) return place;
            mask &= mask - 1;
        }
        at += 16;
    }
#endif
    for (; at < places; at++) {
        uint8_t head = folds ? cscan_folded(bytes[at]) : bytes[at];
        if (head == needle[0] && cscan_fits(bytes + at, needle, length, folds)) return at;
    }
    return count;
}

#endif
