#include "CAllocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BERT_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(BERT_SANITIZED)

// The definitions of a program take precedence over those of the C library, including for all of its libraries.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t count;

static void tally(void) { atomic_fetch_add_explicit(&count, 1, memory_order_relaxed); }

void *malloc(size_t size) {
    tally();
    return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
    tally();
    return __libc_calloc(elements, size);
}

void *realloc(void *block, size_t size) {
    tally();
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    tally();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    tally();
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *block = memory;
    return 0;
}

uint64_t bert_allocation_count(void) { return atomic_load(&count); }

#else

uint64_t bert_allocation_count(void) { return UINT64_MAX; }

#endif
