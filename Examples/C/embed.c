// Prints the embeddings of the texts on the command line:
//
//     cc embed.c $(pkg-config --cflags --libs swift-bert) -o embed
//     ./embed all-MiniLM-L6-v2 "A man is eating food." "A man is eating bread."
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swift_bert.h>

static int fail(swift_bert_error *error) {
    fprintf(stderr, "embed: %s\n", swift_bert_error_message(error));
    swift_bert_error_free(error);
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: embed FOLDER TEXT...\n");
        return 64;
    }
    if (swift_bert_abi_version() != SWIFT_BERT_ABI_VERSION) {
        fprintf(stderr, "embed: libswift_bert.so %s is not that of the header\n", swift_bert_version());
        return 1;
    }
    swift_bert_error *error = NULL;
    swift_bert_embedder *embedder = swift_bert_embedder_open(argv[1], "{\"backend\": \"simd\"}", &error);
    if (!embedder) return fail(error);

    // The concatenated texts and their offsets.
    int64_t count = argc - 2, dimension = swift_bert_embedder_dimension(embedder);
    int64_t *offsets = calloc((size_t)count + 1, sizeof *offsets);
    for (int64_t i = 0; i < count; i++) offsets[i + 1] = offsets[i] + (int64_t)strlen(argv[i + 2]);
    char *bytes = malloc((size_t)offsets[count] + 1);
    for (int64_t i = 0; i < count; i++) strcpy(bytes + offsets[i], argv[i + 2]);

    float *vectors = malloc((size_t)(count * dimension) * sizeof *vectors);
    int result = 0;
    if (swift_bert_embed(embedder, count, bytes, offsets, NULL, vectors, &error)) {
        for (int64_t i = 0; i < count; i++) {
            for (int64_t j = 0; j < dimension; j++)
                printf("%s%.9g", j ? " " : "", (double)vectors[i * dimension + j]);
            printf("\n");
        }
    } else {
        result = fail(error);
    }
    free(vectors);
    free(bytes);
    free(offsets);
    swift_bert_embedder_close(embedder);
    return result;
}
