/* BERT-family models for C, and for every language that can call C. Apache-2.0.
 *
 *     swift_bert_error *error = NULL;
 *     swift_bert_embedder *embedder = swift_bert_embedder_open("all-MiniLM-L6-v2", "{\"backend\": \"simd\"}", &error);
 *     if (!embedder) {
 *         fprintf(stderr, "%s\n", swift_bert_error_message(error));
 *         swift_bert_error_free(error);
 *     }
 *
 * Calls block. All functions may be called from any threads at a time, also with one handle. A call that computes uses
 * BERT_NUM_THREADS threads, else OMP_NUM_THREADS, else one for each core that the process may use.
 *
 * Texts come as Arrow has them: the UTF-8 of all texts, one after the other, in `bytes`; text i is bytes[offsets[i]] up to
 * bytes[offsets[i + 1]], so there are count + 1 offsets; bit i of `validity` (least significant first) is 0 where there is no
 * text. A NULL `validity`: all are there.
 *
 * A model is a folder in Hugging Face layout, or the id of one in the local Hugging Face cache (option "revision").
 *
 * Options are a JSON object, or NULL for none. A bad argument, option, text or file is an error with words. A handle that is
 * NULL or closed is one too, and closing it, or freeing a NULL, does nothing.
 *
 * A process may fork between and during calls: fork() waits for the 256 texts that a call is at. In the child, handles
 * of the backends simd and reference go on; those of others say that they can't.
 */
#ifndef SWIFT_BERT_H
#define SWIFT_BERT_H

#include <stdbool.h>
#include <stdint.h>

/* Changes when a program that was compiled with another header can't be run with this library. */
#define SWIFT_BERT_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/* The SWIFT_BERT_ABI_VERSION of the library: compare it with the header's. */
int32_t swift_bert_abi_version(void);
/* The version of the library, as "1.2.0"; lives as long as the process. */
const char *swift_bert_version(void);

/* Errors. Functions that can fail take `error`, which may be NULL; it is written only when they fail: free it then. */
typedef struct swift_bert_error swift_bert_error;
/* What is wrong, where, and how to fix it, in one line. Lives as long as the error. */
const char *swift_bert_error_message(const swift_bert_error *error);
/* The kind of failure, as "invalidArgument" or "tooManyTokens". Lives as long as the error. */
const char *swift_bert_error_code(const swift_bert_error *error);
/* The same and whatever else is known: {"code", "message", "record", "file", "key", "line", "column", "value", "limit"}. */
const char *swift_bert_error_json(const swift_bert_error *error);
/* The index of the text that failed, or -1. */
int64_t swift_bert_error_record(const swift_bert_error *error);
void swift_bert_error_free(swift_bert_error *error);

/* Frees a string that a function returned as `char *`. */
void swift_bert_string_free(char *string);

/* Sentence vectors.
 *
 * Options of opening: "backend" ("auto", a name, or names separated by commas), "precision" ("float32", "bfloat16", "int8"),
 * "class", "auto_truncate" (false), "max_batch_tokens" (4096), "pooling", "normalize", "truncate_dim", "prompt" or
 * "prompt_name", "expect" (a fingerprint that the embedder must have).
 */
typedef struct swift_bert_embedder swift_bert_embedder;
swift_bert_embedder *swift_bert_embedder_open(const char *folder, const char *options, swift_bert_error **error);
void swift_bert_embedder_close(swift_bert_embedder *embedder);
/* The components of a vector; 0 for a handle that is none. */
int64_t swift_bert_embedder_dimension(const swift_bert_embedder *embedder);
/* A JSON object: "backend", "numerics", "precision", "instructions", "threads", "batch_invariant", "class", "dimension",
 * "max_seq_length", "normalize", "pooling", "prompts", … Lives as long as the embedder. NULL on failure. */
const char *swift_bert_embedder_settings(const swift_bert_embedder *embedder, swift_bert_error **error);
/* The same with "fingerprint" and "facts", what went into it; the first call reads the model's files whole. */
const char *swift_bert_embedder_facts(const swift_bert_embedder *embedder, swift_bert_error **error);
/* Writes `count` vectors of `dimension` floats to `out`, zeros where there is no text. After a failure `out` has vectors of
 * some of the texts. */
bool swift_bert_embed(
    swift_bert_embedder *embedder, int64_t count, const char *bytes, const int64_t *offsets, const uint8_t *validity, float *out,
    swift_bert_error **error);
/* The same with options of the call: "prompt", "prompt_name" or "role" ("query", "document": as sentence-transformers'
 * encode_query and encode_document); "on_error" ("fail", or "emit": a text that fails has a vector of NaN). `failures`, unless it
 * is NULL, gets a JSON array of the errors of texts, to be freed by swift_bert_string_free, or NULL if there are none. */
bool swift_bert_embed_with(
    swift_bert_embedder *embedder, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, float *out, char **failures, swift_bert_error **error);

/* The other tasks. Options of opening: "backend", "precision", "class", "auto_truncate", "max_batch_tokens", "expect".
 *
 * They return JSON, to be freed by swift_bert_string_free, or NULL on failure: an array with an element for each text, null
 * where there is no text. With "on_error": "emit" a text that fails has {"error": {"code": …, "message": …}}.
 */

/* Labels: [{"label": …, "score": …, "exit_layer": …}, …]; "exit_layer" for models with off-ramps. Options of the call: "top_k" or
 * "all" (each element is {"labels": […]}), "function" ("softmax", "sigmoid", "none"), "exit_entropy" (a number, or one a layer),
 * "exit_patience", "exit_layer"; "pairs": texts 2i and 2i + 1 are read together. */
typedef struct swift_bert_classifier swift_bert_classifier;
swift_bert_classifier *swift_bert_classifier_open(const char *folder, const char *options, swift_bert_error **error);
void swift_bert_classifier_close(swift_bert_classifier *classifier);
const char *swift_bert_classifier_settings(const swift_bert_classifier *classifier, swift_bert_error **error);
const char *swift_bert_classifier_facts(const swift_bert_classifier *classifier, swift_bert_error **error);
char *swift_bert_classify(
    swift_bert_classifier *classifier, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, swift_bert_error **error);

/* How well texts answer a query, the best first: [{"index": …, "score": …}, …]. Options of the call: "raw_scores", "top_k",
 * "return_text", "logits" (each rank has its "logit" too: what to sort by when ranks of several calls are put together). Texts that aren't there, or fail with "on_error": "emit", come last with a null score. */
typedef struct swift_bert_reranker swift_bert_reranker;
swift_bert_reranker *swift_bert_reranker_open(const char *folder, const char *options, swift_bert_error **error);
void swift_bert_reranker_close(swift_bert_reranker *reranker);
const char *swift_bert_reranker_settings(const swift_bert_reranker *reranker, swift_bert_error **error);
const char *swift_bert_reranker_facts(const swift_bert_reranker *reranker, swift_bert_error **error);
char *swift_bert_rerank(
    swift_bert_reranker *reranker, const char *query, const char *options, int64_t count, const char *bytes,
    const int64_t *offsets, const uint8_t *validity, swift_bert_error **error);

/* Entities: [[{"entity_group": …, "score": …, "word": …, "start": …, "end": …}, …], …]; places count Unicode scalars. Options
 * of the call: "aggregation" ("simple", "none", "first", "average", "max"), "stride", "ignore_labels" (["O"]). */
typedef struct swift_bert_token_classifier swift_bert_token_classifier;
swift_bert_token_classifier *swift_bert_token_classifier_open(
    const char *folder, const char *options, swift_bert_error **error);
void swift_bert_token_classifier_close(swift_bert_token_classifier *classifier);
const char *swift_bert_token_classifier_settings(
    const swift_bert_token_classifier *classifier, swift_bert_error **error);
const char *swift_bert_token_classifier_facts(const swift_bert_token_classifier *classifier, swift_bert_error **error);
char *swift_bert_ner(
    swift_bert_token_classifier *classifier, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, swift_bert_error **error);

/* A vector for each token, special ones included: [[[…], …], …]. */
typedef struct swift_bert_feature_extractor swift_bert_feature_extractor;
swift_bert_feature_extractor *swift_bert_feature_extractor_open(
    const char *folder, const char *options, swift_bert_error **error);
void swift_bert_feature_extractor_close(swift_bert_feature_extractor *extractor);
const char *swift_bert_feature_extractor_settings(
    const swift_bert_feature_extractor *extractor, swift_bert_error **error);
const char *swift_bert_feature_extractor_facts(const swift_bert_feature_extractor *extractor, swift_bert_error **error);
char *swift_bert_token_vectors(
    swift_bert_feature_extractor *extractor, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, swift_bert_error **error);

/* Tokens: [{"ids", "type_ids", "attention_mask", "special_tokens_mask", "tokens", "offsets", "word_ids"}, …], offsets in
 * Unicode scalars. Needs the tokenizer's files alone. Options of opening: none. Options of the call: "add_special_tokens" (true),
 * "max_length", "truncation" ("longest_first", "only_first", "only_second", "do_not_truncate"), "pairs". */
typedef struct swift_bert_tokenizer swift_bert_tokenizer;
swift_bert_tokenizer *swift_bert_tokenizer_open(const char *folder, const char *options, swift_bert_error **error);
void swift_bert_tokenizer_close(swift_bert_tokenizer *tokenizer);
char *swift_bert_tokenize(
    swift_bert_tokenizer *tokenizer, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, swift_bert_error **error);

#ifdef __cplusplus
}
#endif

#endif
