#include "CBertDemoModel.h"

// A resource bundle would have to travel beside the program; these bytes are inside it.
// #embed is C23 (N3017); the compiler has it in earlier modes too, and says so.
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
