#ifndef CSCAN_H
#define CSCAN_H

// Byte kernels for the JSON scanner. Every function reads `count` bytes at `bytes` and not one more,
// and takes any alignment. They are inline so that a release build folds them into the Swift loops.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

/// The offset of the first `byte`, or `count` when there is none.
static inline size_t cscan_find(const uint8_t *_Nonnull bytes, size_t count, uint8_t byte) {
    const void *found = count == 0 ? NULL : memchr(bytes, byte, count);
    return found == NULL ? count : (size_t)((const uint8_t *)found - bytes);
}

/// Whether `left` and `right` hold the same `count` bytes. Short lengths are told apart so that they are
/// compared as words and not by a call.
static inline int cscan_equal(const uint8_t *_Nonnull left, const uint8_t *_Nonnull right, size_t count) {
    switch (count) {
    case 0: return 1;
    case 2: return memcmp(left, right, 2) == 0;
    case 5: return memcmp(left, right, 5) == 0;
    case 6: return memcmp(left, right, 6) == 0;
    case 7: return memcmp(left, right, 7) == 0;
    default: return memcmp(left, right, count) == 0;
    }
}

/// Whether one byte of a JSON string stands for itself: printable ASCII but quote and backslash.
static inline int cscan_is_plain(uint8_t byte) {
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

#if !defined(__SSE2__) && !(defined(__ARM_NEON) && defined(__aarch64__))
/// The high bit of each byte of `word` that is zero. Bytes above the first hit may be wrong.
static inline uint64_t cscan_zero_bytes(uint64_t word) {
    return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}
#endif

/// How many bytes of a JSON string's inside stand for themselves, counted from the first.
static inline size_t cscan_plain_run(const uint8_t *_Nonnull bytes, size_t count) {
    size_t at = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(0x20);
    while (count - at >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        // Signed comparison: a non-ASCII byte is negative and so below the space, like a control.
        __m128i special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
            _mm_cmplt_epi8(block, space));
        unsigned mask = (unsigned)_mm_movemask_epi8(special);
        if (mask != 0) return at + (size_t)__builtin_ctz(mask);
        at += 16;
    }
#elif defined(__ARM_NEON) && defined(__aarch64__)
    while (count - at >= 16) {
        uint8x16_t block = vld1q_u8(bytes + at);
        uint8x16_t special = vorrq_u8(
            vorrq_u8(vceqq_u8(block, vdupq_n_u8('"')), vceqq_u8(block, vdupq_n_u8('\\'))),
            vcltq_s8(vreinterpretq_s8_u8(block), vdupq_n_s8(0x20)));
        // Four bits a byte: NEON has no movemask.
        uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(special), 4);
        uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(narrow), 0);
        if (mask != 0) return at + (size_t)(__builtin_ctzll(mask) >> 2);
        at += 16;
    }
#else
    while (count - at >= 8) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        uint64_t special = cscan_zero_bytes(word ^ 0x2222222222222222u)
            | cscan_zero_bytes(word ^ 0x5C5C5C5C5C5C5C5Cu)
            | ((word - 0x2020202020202020u) & ~word & 0x8080808080808080u)
            | (word & 0x8080808080808080u);
        if (special != 0) break;
        at += 8;
    }
#endif
    while (at < count && cscan_is_plain(bytes[at])) at += 1;
    return at;
}

/// How many bytes are neither a quote nor a backslash, counted from the first.
static inline size_t cscan_unquoted_run(const uint8_t *_Nonnull bytes, size_t count) {
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

/// How many bytes are ASCII, counted from the first.
static inline size_t cscan_ascii_run(const uint8_t *_Nonnull bytes, size_t count) {
    size_t at = 0;
#if defined(__SSE2__)
    while (count - at >= 16) {
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_loadu_si128((const __m128i *)(const void *)(bytes + at)));
        if (mask != 0) return at + (size_t)__builtin_ctz(mask);
        at += 16;
    }
#else
    while (count - at >= 8) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        if ((word & 0x8080808080808080u) != 0) break;
        at += 8;
    }
#endif
    while (at < count && bytes[at] < 0x80) at += 1;
    return at;
}

#endif
