#include "CBertPlugin.h"

_Static_assert(sizeof(BERT_PACKAGE_VERSION) <= sizeof(bert_plugin_handshake.package), "the version is too long");
_Static_assert(sizeof(BERT_PLUGIN_COMPILER) <= sizeof(bert_plugin_handshake.compiler), "the compiler's name is too long");

__attribute__((used, visibility("default"))) const bert_plugin_handshake_t bert_plugin_handshake = {
    .magic = BERT_PLUGIN_MAGIC,
    .package = BERT_PACKAGE_VERSION,
    .compiler = BERT_PLUGIN_COMPILER,
};
