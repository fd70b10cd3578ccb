#ifndef CSCAN_GRAMS_H
#define CSCAN_GRAMS_H

// Finding places where one of many texts may begin, by their first three bytes, ASCII letters in either
// case. A table has two parts:
//
//   words 0...1023   one bit for each of 65,536 hashes of three bytes: what decides
//   words 1024...    for each of three bytes, which of sixteen groups of texts its half-bytes allow, 16
//                    entries for the low half and 16 for the high one, groups 0...7 and then 8...15: what
//                    sorts out nearly every place of prose, 32 places at once (after Hyperscan's "Teddy")

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Words of a table.
#define CSCAN_GRAM_HASHES 1024
#define CSCAN_GRAM_WORDS (CSCAN_GRAM_HASHES + 24)

/// The bit that stands for three bytes.
static inline uint32_t cscan_gram(uint8_t first, uint8_t second, uint8_t third) {
    uint32_t word = (uint32_t)first | (uint32_t)second << 8 | (uint32_t)third << 16;
    return ((word | 0x202020u) * 0x9E3779B1u) >> 16;
}

/// Whether the table has three bytes.
static inline int cscan_gram_has(
    const uint64_t *_Nonnull table, uint8_t first, uint8_t second, uint8_t third) {
    uint32_t gram = cscan_gram(first, second, third);
    return (int)(table[gram >> 6] >> (gram & 63) & 1u);
}

/// Adds three bytes to a table of `CSCAN_GRAM_WORDS` words, all of which were 0 at first.
void cscan_gram_insert(uint64_t *_Nonnull table, uint8_t first, uint8_t second, uint8_t third);

/// The offset of the first place at `at` or behind whose three bytes are in `table`, or `count` when there is
/// none. Reads no byte at or behind `count`.
size_t cscan_gram_find(
    const uint8_t *_Nonnull bytes, size_t count, size_t at, const uint64_t *_Nonnull table);

#endif
