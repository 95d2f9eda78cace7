// fork FOLDER TEXT: forks while other threads embed. Every child must compute the parent's bytes, or report an error.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swift_bert.h>
#include <sys/wait.h>
#include <unistd.h>

static swift_bert_embedder *embedder;
static const char *text;
static int64_t offsets[2];
static atomic_bool stop;

static float *embed(void) {
    swift_bert_error *error = NULL;
    float *vector = malloc((size_t)swift_bert_embedder_dimension(embedder) * sizeof *vector);
    if (swift_bert_embed(embedder, 1, text, offsets, NULL, vector, &error)) return vector;
    fprintf(stderr, "%s\n", swift_bert_error_message(error));
    exit(3);
}

static void *work(void *unused) {
    while (!stop) free(embed());
    return unused;
}

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    alarm(120);
    text = argv[2];
    offsets[1] = (int64_t)strlen(text);
    swift_bert_error *error = NULL;
    embedder = swift_bert_embedder_open(argv[1], "{\"backend\": \"simd\"}", &error);
    if (!embedder) {
        fprintf(stderr, "%s\n", swift_bert_error_message(error));
        return 1;
    }
    size_t size = (size_t)swift_bert_embedder_dimension(embedder) * sizeof(float);
    float *expected = embed();
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, NULL);
    int failures = 0;
    for (int i = 0; i < 24; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            for (int j = 0; j < 3; j++)
                if (memcmp(embed(), expected, size) != 0) _exit(2);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (status != 0) {
            fprintf(stderr, "child %d ended with %d\n", i, status);
            failures++;
        }
    }
    stop = true;
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    if (memcmp(embed(), expected, size) != 0) failures++;
    swift_bert_embedder_close(embedder);
    return failures != 0;
}
