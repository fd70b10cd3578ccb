#ifndef CSCAN_SHA256_H
#define CSCAN_SHA256_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor has instructions for SHA-256; without them Swift's own rounds are as fast as C's.
int cscan_has_sha256(void);

/// `state` after `count` blocks of 64 bytes. Only where `cscan_has_sha256`. Source: FIPS 180-4 §6.2.2.
void cscan_sha256(uint32_t *_Nonnull state, const uint8_t *_Nonnull blocks, size_t count);

#endif
