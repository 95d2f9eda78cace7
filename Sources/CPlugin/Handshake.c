#include "CBertPlugin.h"

_Static_assert(sizeof(BERT_PLUGIN_COMPILER) <= sizeof(bert_plugin_handshake.compiler), "the compiler's name is too long");

__attribute__((used, visibility("default"))) const bert_plugin_handshake_t bert_plugin_handshake = {
    .magic = BERT_PLUGIN_MAGIC,
    .contract = BERT_CONTRACT_VERSION,
    .layout = BERT_CONTRACT_LAYOUT,
    .compiler = BERT_PLUGIN_COMPILER,
};
