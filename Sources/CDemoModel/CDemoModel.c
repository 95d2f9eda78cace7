#include "CBertDemoModel.h"

// The bytes are part of the program, so that no resource bundle has to be distributed with it. #embed is C23 (N3017).
// The compiler supports it in earlier modes, too, but warns about it.
#pragma clang diagnostic ignored "-Wc23-extensions"

static _Alignas(64) const unsigned char config[] = {
#embed "tiny-sst2-deebert/config.json"
};
static _Alignas(64) const unsigned char model[] = {
#embed "tiny-sst2-deebert/model.safetensors"
};
static _Alignas(64) const unsigned char tokenizer[] = {
#embed "tiny-sst2-deebert/tokenizer.json"
};
static _Alignas(64) const unsigned char tokenizer_config[] = {
#embed "tiny-sst2-deebert/tokenizer_config.json"
};
static _Alignas(64) const unsigned char vocabulary[] = {
#embed "tiny-sst2-deebert/vocab.txt"
};

static const bert_demo_model_file files[] = {
    {"config.json", config, sizeof config},
    {"model.safetensors", model, sizeof model},
    {"tokenizer.json", tokenizer, sizeof tokenizer},
    {"tokenizer_config.json", tokenizer_config, sizeof tokenizer_config},
    {"vocab.txt", vocabulary, sizeof vocabulary},
};

const bert_demo_model_file *bert_demo_model_file_at(size_t position) {
    return position < sizeof files / sizeof files[0] ? &files[position] : NULL;
}
