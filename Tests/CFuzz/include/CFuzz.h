#ifndef BERT_FUZZ_H
#define BERT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/// The entry point of libFuzzer for programs with their own `main`. It exists only in builds with `-sanitize=fuzzer`.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
