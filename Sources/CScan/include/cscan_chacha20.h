#ifndef CSCAN_CHACHA20_H
#define CSCAN_CHACHA20_H

#include <stddef.h>
#include <stdint.h>

/// Combines `count` bytes with the key stream that begins with block 0 of `key` (8 words) and a nonce of
/// zeros. Source: RFC 8439 §2.3, §2.4.
void cscan_chacha20(const uint32_t *_Nonnull key, uint8_t *_Nonnull bytes, size_t count);

#endif
