#ifndef C_DEMO_MODEL_H
#define C_DEMO_MODEL_H

#include <stddef.h>

/// One file of the small model that is part of the program: a DeeBERT sentiment classifier with six off-ramps.
typedef struct {
    /// As in a Hugging Face model folder, for example `config.json`.
    const char *name;
    /// Lives as long as the program; aligned to 64 bytes.
    const unsigned char *bytes;
    /// In bytes.
    size_t size;
} bert_demo_model_file;

/// The file at that position, or null after the last.
const bert_demo_model_file *bert_demo_model_file_at(size_t position);

#endif
