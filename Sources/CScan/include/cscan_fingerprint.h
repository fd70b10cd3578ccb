#ifndef CSCAN_FINGERPRINT_H
#define CSCAN_FINGERPRINT_H

// A keyed fingerprint for telling whether two texts of the same length are equal: two polynomials over the
// field of 2^61 - 1, whose coefficients are the text's seven-byte groups, at two random places. For texts
// chosen without knowledge of the places, two of `n` groups collide with probability (n / 2^61)^2 at most.
// Source: Carter and Wegman, "Universal classes of hash functions" (1979); Dietzfelbinger and others,
// "Polynomial hash functions are reliable" (1992).

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Groups that one step takes: their products are summed before one reduction. The sum stays below 2^124.
#define CSCAN_FINGERPRINT_STEP 8

/// The powers of the two places, from the first on.
struct cscan_fingerprint_key {
    uint64_t first[CSCAN_FINGERPRINT_STEP];
    uint64_t second[CSCAN_FINGERPRINT_STEP];
};

/// The two values so far; zero at the start.
struct cscan_fingerprint {
    uint64_t first;
    uint64_t second;
};

static inline uint64_t cscan_reduce61(unsigned __int128 value) {
    const uint64_t prime = ((uint64_t)1 << 61) - 1;
    // Below 2^124, so the upper part is below 2^63 and the sum below 2^64.
    uint64_t sum = ((uint64_t)value & prime) + (uint64_t)(value >> 61);
    sum = (sum & prime) + (sum >> 61);
    return sum >= prime ? sum - prime : sum;
}

/// The key of two random numbers.
static inline struct cscan_fingerprint_key cscan_fingerprint_key_make(uint64_t first, uint64_t second) {
    struct cscan_fingerprint_key key;
    key.first[0] = cscan_reduce61(first);
    key.second[0] = cscan_reduce61(second);
    for (int n = 1; n < CSCAN_FINGERPRINT_STEP; n++) {
        key.first[n] = cscan_reduce61((unsigned __int128)key.first[n - 1] * key.first[0]);
        key.second[n] = cscan_reduce61((unsigned __int128)key.second[n - 1] * key.second[0]);
    }
    return key;
}

/// Goes on with `count` bytes. The last group is filled up with zeros, so texts are told apart only when the
/// places at which they were cut are the same.
static inline void cscan_fingerprint_push(
    struct cscan_fingerprint *_Nonnull state, const struct cscan_fingerprint_key *_Nonnull key,
    const uint8_t *_Nonnull bytes, size_t count) {
    const uint64_t group_mask = ((uint64_t)1 << 56) - 1;
    uint64_t first = state->first, second = state->second;
    size_t at = 0;
    // A group is read as eight bytes, of which the last is left out: one byte more than a step is there.
    while (count - at > 7 * CSCAN_FINGERPRINT_STEP) {
        unsigned __int128 one = (unsigned __int128)first * key->first[CSCAN_FINGERPRINT_STEP - 1];
        unsigned __int128 two = (unsigned __int128)second * key->second[CSCAN_FINGERPRINT_STEP - 1];
        for (int n = 0; n < CSCAN_FINGERPRINT_STEP; n++) {
            uint64_t group;
            memcpy(&group, bytes + at + 7 * n, 8);
            group &= group_mask;
            int power = CSCAN_FINGERPRINT_STEP - 2 - n;
            one += power < 0 ? group : (unsigned __int128)group * key->first[power];
            two += power < 0 ? group : (unsigned __int128)group * key->second[power];
        }
        first = cscan_reduce61(one);
        second = cscan_reduce61(two);
        at += 7 * CSCAN_FINGERPRINT_STEP;
    }
    while (at < count) {
        uint64_t group = 0;
        size_t length = count - at < 7 ? count - at : 7;
        memcpy(&group, bytes + at, length);
        first = cscan_reduce61((unsigned __int128)first * key->first[0] + group);
        second = cscan_reduce61((unsigned __int128)second * key->second[0] + group);
        at += length;
    }
    state->first = first;
    state->second = second;
}

#endif
