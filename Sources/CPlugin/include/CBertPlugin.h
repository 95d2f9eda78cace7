#ifndef CBERTPLUGIN_H
#define CBERTPLUGIN_H

#include <stdint.h>

/// Changes when the meaning of the contract changes though its declarations stay as they are: an argument read
/// otherwise, a promise withdrawn.
#ifndef BERT_CONTRACT_VERSION
#define BERT_CONTRACT_VERSION 1
#endif

/// Stands for the declarations of the contract: stored properties, cases, requirements, in their order. A test computes
/// it from Sources/Core and says what belongs here.
#ifndef BERT_CONTRACT_LAYOUT
#define BERT_CONTRACT_LAYOUT 0x86a2731ccfca714d
#endif

/// The toolchain, down to its commit: Swift's own Clang compiles this file.
#ifndef BERT_PLUGIN_COMPILER
#define BERT_PLUGIN_COMPILER __VERSION__
#endif

/// How a handshake begins; the number is that of its format.
#ifndef BERT_PLUGIN_MAGIC
#define BERT_PLUGIN_MAGIC "bert plugin 2"
#endif

/// What a program and a plugin have to agree on. No pointers, so that it can be read from the file of a plugin before any
/// of its code runs.
typedef struct {
    char magic[16];
    char package[48];
    char compiler[256];
} bert_plugin_handshake_t;

/// That of whatever this is linked into: a plugin shows it under this name.
extern const bert_plugin_handshake_t bert_plugin_handshake;

#endif
