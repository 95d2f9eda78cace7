#include "bert_fork_gate.h"

#include <pthread.h>
#include <stdbool.h>

// A child process has its parent's memory but only one of its threads, so locks held by other threads are never
// released. A fork therefore waits until no thread is inside the gate.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long inside;
static bool forking;

void bert_fork_gate_enter(void) {
    pthread_mutex_lock(&mutex);
    while (forking) pthread_cond_wait(&changed, &mutex);
    inside++;
    pthread_mutex_unlock(&mutex);
}

void bert_fork_gate_leave(void) {
    pthread_mutex_lock(&mutex);
    if (--inside == 0) pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void close_gate(void) {
    pthread_mutex_lock(&mutex);
    while (forking) pthread_cond_wait(&changed, &mutex);
    forking = true;
    while (inside > 0) pthread_cond_wait(&changed, &mutex);
}

static void open_in_parent(void) {
    forking = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void open_in_child(void) {
    pthread_mutex_init(&mutex, NULL);
    pthread_cond_init(&changed, NULL);
    forking = false;
    inside = 0;
}

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(close_gate, open_in_parent, open_in_child); }
