#ifndef BERT_ALLOCATIONS_H
#define BERT_ALLOCATIONS_H

#include <stdint.h>

/// Returns the number of allocations from the system so far by all threads of the process, or UINT64_MAX if they can't
/// be counted: without glibc, or with a sanitizer.
uint64_t bert_allocation_count(void);

#endif
