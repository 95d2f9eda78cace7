#ifndef CBERTTHREADS_H
#define CBERTTHREADS_H

/// Tells the processor that this thread waits for another one's write: it saves power and leaves the core to its other
/// hardware thread. Takes 10 to 150 cycles.
static inline __attribute__((always_inline)) void bert_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    // `yield` does nothing on most cores; this waits for the pipeline.
    __asm__ volatile("isb" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

/// How many forks lie between this process and the one that loaded this code. A child of a fork has none of its parent's
/// other threads.
long bert_fork_count(void);

#endif
