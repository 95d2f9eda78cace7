#ifndef CBERTDIGEST_H
#define CBERTDIGEST_H

#include <stddef.h>
#include <stdint.h>

/// The eight words of a SHA-256 hash (FIPS 180-4) after a number of blocks.
typedef struct {
    uint32_t words[8];
} bert_sha256_state;

/// Hashes `count` blocks of 64 bytes into the state, with the processor's SHA instructions if it has them.
void bert_sha256_blocks(bert_sha256_state *state, const uint8_t *blocks, size_t count);

#endif
