/* BERT-family models for C and languages that can call C. Apache-2.0.
 *
 *     swift_bert_error *error = NULL;
 *     swift_bert_embedder *embedder = swift_bert_embedder_open("all-MiniLM-L6-v2", "{\"backend\": \"simd\"}", &error);
 *     if (!embedder) {
 *         fprintf(stderr, "%s\n", swift_bert_error_message(error));
 *         swift_bert_error_free(error);
 *     }
 *
 * Calls block. All functions can be called concurrently from several threads, including with the same handle. The
 * number of threads that a call computes with is BERT_NUM_THREADS, or OMP_NUM_THREADS, or the number of cores available
 * to the process.
 *
 * Texts are passed in Arrow's format. `bytes` contains the concatenated UTF-8 of all texts, and text i is
 * bytes[offsets[i]] up to bytes[offsets[i + 1]], so there are count + 1 offsets. Bit i of `validity` (least significant
 * bit first) is 0 if text i is null. If `validity` is NULL, no text is null.
 *
 * A model is a folder in Hugging Face layout, or the id of a model in the local Hugging Face cache (option "revision").
 *
 * Options are a JSON object, or NULL for none. An invalid argument, option, text or file is an error with a message. A
 * NULL or closed handle is an error, too, except that closing it does nothing. Freeing NULL does nothing.
 *
 * A process can fork between and during calls. fork() waits until each call has processed its current chunk of up to
 * 256 texts. In the child process, handles of the backends simd and reference still work. Calls with other handles fail
 * with an error.
 */
#ifndef SWIFT_BERT_H
#define SWIFT_BERT_H

#include <stdbool.h>
#include <stdint.h>

/* Changes when programs compiled with earlier headers are no longer compatible with the library. */
#define SWIFT_BERT_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the SWIFT_BERT_ABI_VERSION of the library, to compare with that of the header. */
int32_t swift_bert_abi_version(void);
/* Returns the version of the library, such as "1.2.0". The string is valid for the lifetime of the process. */
const char *swift_bert_version(void);

/* Errors.
 *
 * Functions that can fail take `error`, which may be NULL. They set it only if they fail, and the caller then frees it.
 */
typedef struct swift_bert_error swift_bert_error;
/* Returns one line that says what is wrong, where, and how to fix it. The string is valid until the error is freed. */
const char *swift_bert_error_message(const swift_bert_error *error);
/* Returns the kind of error, such as "invalidArgument" or "tooManyTokens". The string is valid until the error is
 * freed. */
const char *swift_bert_error_code(const swift_bert_error *error);
/* Returns the error as a JSON object with all details that are known: {"code", "message", "record", "file", "key",
 * "line", "column", "value", "limit", "choices", "cause"}. The string is valid until the error is freed. */
const char *swift_bert_error_json(const swift_bert_error *error);
/* Returns the index of the text that failed, or -1. */
int64_t swift_bert_error_record(const swift_bert_error *error);
void swift_bert_error_free(swift_bert_error *error);

/* Frees a string that was returned as `char *`. */
void swift_bert_string_free(char *string);

/* Sentence embeddings.
 *
 * Options of `swift_bert_embedder_open`: "backend" ("auto", a name, or names separated by commas), "precision"
 * ("float32", "bfloat16" or "int8"), "class", "auto_truncate" (false), "max_batch_tokens" (4096), "pooling",
 * "normalize", "truncate_dim", "prompt" or "prompt_name", and "expect" (the fingerprint that the embedder must have).
 */
typedef struct swift_bert_embedder swift_bert_embedder;
swift_bert_embedder *swift_bert_embedder_open(const char *folder, const char *options, swift_bert_error **error);
void swift_bert_embedder_close(swift_bert_embedder *embedder);
/* Returns the number of components of an embedding, or 0 for a NULL or closed handle. */
int64_t swift_bert_embedder_dimension(const swift_bert_embedder *embedder);
/* Returns a JSON object with "backend", "numerics", "precision", "instructions", "threads", "batch_invariant", "class",
 * "dimension", "max_seq_length", "normalize", "pooling", "prompts" and more, or NULL on failure. The string is valid
 * until the embedder is closed. */
const char *swift_bert_embedder_settings(const swift_bert_embedder *embedder, swift_bert_error **error);
/* Returns the settings with "fingerprint" and "facts", which the fingerprint is computed from. The first call reads all
 * of the model's files. The string is valid until the embedder is closed. */
const char *swift_bert_embedder_facts(const swift_bert_embedder *embedder, swift_bert_error **error);
/* Computes the embeddings of texts. Writes `count` vectors of `dimension` floats to `out`, with zeros for null texts.
 * After a failure, `out` has the embeddings of some of the texts. */
bool swift_bert_embed(
    swift_bert_embedder *embedder, int64_t count, const char *bytes, const int64_t *offsets, const uint8_t *validity,
    float *out, swift_bert_error **error);
/* Computes the embeddings of texts with options: "prompt", "prompt_name" or "role" ("query" or "document", like
 * encode_query and encode_document in sentence-transformers), and "on_error" ("fail", or "emit" to write NaN as the
 * embedding of a text that fails). `failures` may be NULL. Otherwise, it is set to a JSON array of the errors of texts,
 * which the caller frees with swift_bert_string_free, or to NULL if there are none. */
bool swift_bert_embed_with(
    swift_bert_embedder *embedder, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, float *out, char **failures, swift_bert_error **error);

/* Other tasks.
 *
 * Options of the open functions: "backend", "precision", "class", "auto_truncate", "max_batch_tokens" and "expect".
 *
 * The results are JSON strings, which the caller frees with swift_bert_string_free, or NULL on failure. A result is an
 * array with an element for each text, null for a null text. With "on_error": "emit", the element of a text that fails
 * is {"error": {"code": …, "message": …}}.
 */

/* Text classification: [{"label": …, "score": …, "exit_layer": …}, …], with "exit_layer" for models with off-ramps.
 * Options of `swift_bert_classify`: "top_k" or "all" (each element is then {"labels": […]}), "function" ("softmax",
 * "sigmoid" or "none"), "exit_entropy" (a number, or one for each layer), "exit_patience", "exit_layer", and "pairs"
 * (texts 2i and 2i + 1 are a pair).
 */
typedef struct swift_bert_classifier swift_bert_classifier;
swift_bert_classifier *swift_bert_classifier_open(const char *folder, const char *options, swift_bert_error **error);
void swift_bert_classifier_close(swift_bert_classifier *classifier);
const char *swift_bert_classifier_settings(const swift_bert_classifier *classifier, swift_bert_error **error);
const char *swift_bert_classifier_facts(const swift_bert_classifier *classifier, swift_bert_error **error);
char *swift_bert_classify(
    swift_bert_classifier *classifier, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, swift_bert_error **error);

/* Reranking: the texts in descending order of relevance to a query, [{"index": …, "score": …}, …]. Options of
 * `swift_bert_rerank`: "raw_scores", "top_k", "return_text", and "logits" (each element also has its "logit", to sort
 * by when the results of several calls are merged). Null texts, and texts that fail with "on_error": "emit", come last
 * with a null score. */
typedef struct swift_bert_reranker swift_bert_reranker;
swift_bert_reranker *swift_bert_reranker_open(const char *folder, const char *options, swift_bert_error **error);
void swift_bert_reranker_close(swift_bert_reranker *reranker);
const char *swift_bert_reranker_settings(const swift_bert_reranker *reranker, swift_bert_error **error);
const char *swift_bert_reranker_facts(const swift_bert_reranker *reranker, swift_bert_error **error);
char *swift_bert_rerank(
    swift_bert_reranker *reranker, const char *query, const char *options, int64_t count, const char *bytes,
    const int64_t *offsets, const uint8_t *validity, swift_bert_error **error);

/* Named entities: [[{"entity_group": …, "score": …, "word": …, "start": …, "end": …}, …], …], with positions in Unicode
 * scalars. Options of `swift_bert_ner`: "aggregation" ("simple", "none", "first", "average" or "max"), "stride", and
 * "ignore_labels" (["O"]). */
typedef struct swift_bert_token_classifier swift_bert_token_classifier;
swift_bert_token_classifier *swift_bert_token_classifier_open(
    const char *folder, const char *options, swift_bert_error **error);
void swift_bert_token_classifier_close(swift_bert_token_classifier *classifier);
const char *swift_bert_token_classifier_settings(
    const swift_bert_token_classifier *classifier, swift_bert_error **error);
const char *swift_bert_token_classifier_facts(const swift_bert_token_classifier *classifier, swift_bert_error **error);
char *swift_bert_ner(
    swift_bert_token_classifier *classifier, const char *options, int64_t count, const char *bytes,
    const int64_t *offsets, const uint8_t *validity, swift_bert_error **error);

/* Token embeddings: a vector for each token, including special tokens, [[[…], …], …]. */
typedef struct swift_bert_feature_extractor swift_bert_feature_extractor;
swift_bert_feature_extractor *swift_bert_feature_extractor_open(
    const char *folder, const char *options, swift_bert_error **error);
void swift_bert_feature_extractor_close(swift_bert_feature_extractor *extractor);
const char *swift_bert_feature_extractor_settings(
    const swift_bert_feature_extractor *extractor, swift_bert_error **error);
const char *swift_bert_feature_extractor_facts(const swift_bert_feature_extractor *extractor, swift_bert_error **error);
char *swift_bert_token_vectors(
    swift_bert_feature_extractor *extractor, const char *options, int64_t count, const char *bytes,
    const int64_t *offsets, const uint8_t *validity, swift_bert_error **error);

/* Sparse embeddings (SPLADE): [{"indices": [token ids in ascending order], "values": […]}, …]. Options of
 * `swift_bert_sparse_vectors`: "prompt", "prompt_name" or "role" ("query" or "document": in inference-free folders,
 * queries use static token weights), and "max_active_dims" (the number of greatest components to keep). */
typedef struct swift_bert_sparse_encoder swift_bert_sparse_encoder;
swift_bert_sparse_encoder *swift_bert_sparse_encoder_open(
    const char *folder, const char *options, swift_bert_error **error);
void swift_bert_sparse_encoder_close(swift_bert_sparse_encoder *encoder);
const char *swift_bert_sparse_encoder_settings(const swift_bert_sparse_encoder *encoder, swift_bert_error **error);
const char *swift_bert_sparse_encoder_facts(const swift_bert_sparse_encoder *encoder, swift_bert_error **error);
char *swift_bert_sparse_vectors(
    swift_bert_sparse_encoder *encoder, const char *options, int64_t count, const char *bytes, const int64_t *offsets,
    const uint8_t *validity, swift_bert_error **error);

/* Multi-vector embeddings for late interaction (ColBERT): [[[…], …], …], a vector for each token that takes part.
 * Options of `swift_bert_multi_vectors`: "role" ("document" or "query"), and "prompt" or "prompt_name". */
typedef struct swift_bert_multi_vector_encoder swift_bert_multi_vector_encoder;
swift_bert_multi_vector_encoder *swift_bert_multi_vector_encoder_open(
    const char *folder, const char *options, swift_bert_error **error);
void swift_bert_multi_vector_encoder_close(swift_bert_multi_vector_encoder *encoder);
const char *swift_bert_multi_vector_encoder_settings(
    const swift_bert_multi_vector_encoder *encoder, swift_bert_error **error);
const char *swift_bert_multi_vector_encoder_facts(
    const swift_bert_multi_vector_encoder *encoder, swift_bert_error **error);
char *swift_bert_multi_vectors(
    swift_bert_multi_vector_encoder *encoder, const char *options, int64_t count, const char *bytes,
    const int64_t *offsets, const uint8_t *validity, swift_bert_error **error);

/* Tokenization: [{"ids", "type_ids", "attention_mask", "special_tokens_mask", "tokens", "offsets", "word_ids"}, …],
 * with offsets in Unicode scalars. Only the tokenizer's files are needed. `swift_bert_tokenizer_open` has no options.
 * Options of `swift_bert_tokenize`: "add_special_tokens" (true), "max_length", "truncation" ("longest_first",
 * "only_first", "only_second" or "do_not_truncate"), and "pairs". */
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
