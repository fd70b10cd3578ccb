#include "cscan_grams.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { GROUPS = 16, BYTES = 3, HALVES = 16 };

/// Which groups a half-byte allows: `masks(table, byte, high, set)[half]`, a bit for each group of the set.
static const uint8_t *masks(const uint64_t *table, int byte, int high, int set) {
    return (const uint8_t *)(table + CSCAN_GRAM_HASHES) + ((byte * 2 + high) * 2 + set) * HALVES;
}

/// How many texts of three bytes a group allows, with one more half-byte of each kind.
static unsigned allowed(const uint64_t *table, int group, const uint8_t *extra) {
    unsigned product = 1;
    for (int byte = 0; byte < BYTES; byte++) {
        for (int high = 0; high < 2; high++) {
            const uint8_t *mask = masks(table, byte, high, group >> 3);
            int half = extra == NULL ? -1 : high ? extra[byte] >> 4 : extra[byte] & 15;
            unsigned count = 0;
            for (int index = 0; index < HALVES; index++)
                count += (mask[index] >> (group & 7) & 1) | (index == half);
            product *= count;
        }
    }
    return product;
}

void cscan_gram_insert(uint64_t *table, uint8_t first, uint8_t second, uint8_t third) {
    const uint8_t text[BYTES] = {first | 0x20, second | 0x20, third | 0x20};
    if (cscan_gram_has(table, first, second, third)) {
        // Another text may have the same hash: its groups need not allow this one.
        int isAllowed = 0;
        for (int group = 0; group < GROUPS; group++)
            isAllowed |= allowed(table, group, NULL) == allowed(table, group, text) &&
                allowed(table, group, text) > 0;
        if (isAllowed) return;
    }
    uint32_t gram = cscan_gram(first, second, third);
    table[gram >> 6] |= (uint64_t)1 << (gram & 63);
    // Into the group that then allows the fewest other texts.
    int best = 0;
    unsigned least = ~0u;
    for (int group = 0; group < GROUPS; group++) {
        unsigned more = allowed(table, group, text) - allowed(table, group, NULL);
        if (more < least) {
            least = more;
            best = group;
        }
    }
    for (int byte = 0; byte < BYTES; byte++) {
        uint8_t bit = (uint8_t)(1 << (best & 7));
        ((uint8_t *)masks(table, byte, 0, best >> 3))[text[byte] & 15] |= bit;
        ((uint8_t *)masks(table, byte, 1, best >> 3))[text[byte] >> 4] |= bit;
    }
}

/// One place at a time, six of one load.
static size_t find_by_hash(const uint8_t *bytes, size_t count, size_t at, const uint64_t *table) {
    while (at + 8 <= count) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        word |= 0x2020202020202020u;
        // Little-endian like every machine that Swift runs on.
        uint32_t hit = 0;
        for (unsigned place = 0; place < 6; place++) {
            uint32_t gram = ((uint32_t)(word >> (8 * place)) & 0xFFFFFFu) * 0x9E3779B1u >> 16;
            hit |= (uint32_t)(table[gram >> 6] >> (gram & 63) & 1u) << place;
        }
        if (hit != 0) return at + (size_t)__builtin_ctz(hit);
        at += 6;
    }
    for (; at + BYTES <= count; at++)
        if (cscan_gram_has(table, bytes[at], bytes[at + 1], bytes[at + 2])) return at;
    return count;
}

#if defined(__x86_64__)

/// Bytes of a step, and those that it reads.
enum { STEP = 32, SPAN = STEP + BYTES - 1 };

typedef struct {
    __m256i low[BYTES][2], high[BYTES][2];
} Halves;

__attribute__((target("avx2"))) static inline __m256i twice(const uint8_t *mask) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)mask));
}

/// A bit for each of 32 places where some group allows all three bytes.
__attribute__((target("avx2"), always_inline)) static inline uint32_t candidates(
    const uint8_t *bytes, const Halves *halves) {
    const __m256i fold = _mm256_set1_epi8(0x20), half = _mm256_set1_epi8(0x0F);
    __m256i first = _mm256_set1_epi8(-1), second = first;
    for (int byte = 0; byte < BYTES; byte++) {
        __m256i block = _mm256_or_si256(
            _mm256_loadu_si256((const __m256i *)(const void *)(bytes + byte)), fold);
        __m256i low = _mm256_and_si256(block, half);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(block, 4), half);
        first = _mm256_and_si256(
            first, _mm256_and_si256(
                       _mm256_shuffle_epi8(halves->low[byte][0], low),
                       _mm256_shuffle_epi8(halves->high[byte][0], high)));
        second = _mm256_and_si256(
            second, _mm256_and_si256(
                        _mm256_shuffle_epi8(halves->low[byte][1], low),
                        _mm256_shuffle_epi8(halves->high[byte][1], high)));
    }
    __m256i none = _mm256_cmpeq_epi8(_mm256_or_si256(first, second), _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(none);
}

/// 32 places at a time; `count` is at least `SPAN`.
__attribute__((target("avx2"))) static size_t find_by_halves(
    const uint8_t *bytes, size_t count, size_t at, const uint64_t *table) {
    Halves halves;
    for (int byte = 0; byte < BYTES; byte++) {
        for (int set = 0; set < 2; set++) {
            halves.low[byte][set] = twice(masks(table, byte, 0, set));
            halves.high[byte][set] = twice(masks(table, byte, 1, set));
        }
    }
    while (at + BYTES <= count) {
        // The last step begins earlier, so that it reads nothing behind the end.
        size_t start = count - at >= SPAN ? at : count - SPAN;
        uint32_t hits = candidates(bytes + start, &halves) & ~0u << (at - start);
        for (; hits != 0; hits &= hits - 1) {
            const uint8_t *place = bytes + start + __builtin_ctz(hits);
            if (cscan_gram_has(table, place[0], place[1], place[2])) return (size_t)(place - bytes);
        }
        at = start + STEP;
    }
    return count;
}

#endif

size_t cscan_gram_find(const uint8_t *bytes, size_t count, size_t at, const uint64_t *table) {
#if defined(__x86_64__)
    if (count >= SPAN && at < count && __builtin_cpu_supports("avx2"))
        return find_by_halves(bytes, count, at, table);
#endif
    return find_by_hash(bytes, count, at, table);
}
