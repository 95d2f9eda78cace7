#ifndef CBERTTHREADS_H
#define CBERTTHREADS_H

/// Tells the processor that this thread is waiting for another thread's write. This saves power and leaves the core to
/// its other hardware thread. Takes 10 to 150 cycles.
static inline __attribute__((always_inline)) void bert_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    // `yield` does nothing on most cores. `isb` waits for the pipeline.
    __asm__ volatile("isb" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

/// Returns the number of forks between the process that loaded this code and this process. A child process has none of
/// its parent's other threads.
long bert_fork_count(void);

#endif
