#ifndef BERT_ALLOCATIONS_H
#define BERT_ALLOCATIONS_H

#include <stdint.h>

/// How often memory was asked of the system's allocator so far, by all threads of the process; UINT64_MAX where that can't be
/// counted: without glibc, or under a sanitizer.
uint64_t bert_allocation_count(void);

#endif
