#ifndef CBERTPLUGIN_H
#define CBERTPLUGIN_H

/// The version of this package. Swift has no stable ABI on Linux, so a plugin works only with the version that it was
/// built with.
#ifndef BERT_PACKAGE_VERSION
#define BERT_PACKAGE_VERSION "0.1.0"
#endif

/// The version of the toolchain, including its commit. Swift's own Clang compiles this file.
#ifndef BERT_PLUGIN_COMPILER
#define BERT_PLUGIN_COMPILER __VERSION__
#endif

/// The first bytes of a handshake. The number is the version of its format.
#ifndef BERT_PLUGIN_MAGIC
#define BERT_PLUGIN_MAGIC "bert plugin 2"
#endif

/// The values that a program and a plugin must agree on. It has no pointers, so that it can be read from a plugin's
/// file before any of its code runs.
typedef struct {
    char magic[16];
    char package[48];
    char compiler[256];
} bert_plugin_handshake_t;

/// The handshake of the image that this file is linked into. A plugin exports it under this name.
extern const bert_plugin_handshake_t bert_plugin_handshake;

#endif
