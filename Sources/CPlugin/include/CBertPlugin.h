#ifndef CBERTPLUGIN_H
#define CBERTPLUGIN_H

/// The version of this package. Swift has no stable ABI on Linux, so a plugin fits the version that it was built with and no other.
#ifndef BERT_PACKAGE_VERSION
#define BERT_PACKAGE_VERSION "0.1.0"
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
