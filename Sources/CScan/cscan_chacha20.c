#include "cscan_chacha20.h"

#include <string.h>

#define TURN(value, bits) ((value) << (bits) | (value) >> (32 - (bits)))
#define QUARTER(a, b, c, d)                  \
    a += b, d ^= a, d = TURN(d, 16);         \
    c += d, b ^= c, b = TURN(b, 12);         \
    a += b, d ^= a, d = TURN(d, 8);          \
    c += d, b ^= c, b = TURN(b, 7)

void cscan_chacha20(const uint32_t *key, uint8_t *bytes, size_t count) {
    uint32_t start[16] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574};
    memcpy(start + 4, key, 8 * sizeof *key);
    for (size_t at = 0; at < count; at += 64, start[12]++) {
        uint32_t x[16];
        memcpy(x, start, sizeof x);
        for (int round = 0; round < 10; round++) {
            QUARTER(x[0], x[4], x[8], x[12]);
            QUARTER(x[1], x[5], x[9], x[13]);
            QUARTER(x[2], x[6], x[10], x[14]);
            QUARTER(x[3], x[7], x[11], x[15]);
            QUARTER(x[0], x[5], x[10], x[15]);
            QUARTER(x[1], x[6], x[11], x[12]);
            QUARTER(x[2], x[7], x[8], x[13]);
            QUARTER(x[3], x[4], x[9], x[14]);
        }
        uint8_t stream[64];
        for (int word = 0; word < 16; word++) {
            // Little-endian like every machine that Swift runs on.
            x[word] += start[word];
            memcpy(stream + 4 * word, &x[word], 4);
        }
        size_t length = count - at < 64 ? count - at : 64;
        for (size_t index = 0; index < length; index++) bytes[at + index] ^= stream[index];
    }
}
