#include "CBertThreads.h"

#include <pthread.h>

static long forks;

long bert_fork_count(void) { return forks; }

static void count_fork(void) { forks++; }

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(NULL, NULL, count_fork); }
