#ifndef CBERTDIGEST_H
#define CBERTDIGEST_H

#include <stddef.h>
#include <stdint.h>

/// The eight words of a SHA-256 (FIPS 180-4) after some blocks.
typedef struct {
    uint32_t words[8];
} bert_sha256_state;

/// Takes `count` blocks of 64 bytes into the state, with the processor's instructions for it if there are any.
void bert_sha256_blocks(bert_sha256_state *state, const uint8_t *blocks, size_t count);

#endif
