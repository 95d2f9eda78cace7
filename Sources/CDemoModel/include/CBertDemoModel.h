#ifndef C_DEMO_MODEL_H
#define C_DEMO_MODEL_H

#include <stddef.h>

/// A file of the small model that is built into the program: a DeeBERT sentiment classifier with six off-ramps.
typedef struct {
    /// The name in a Hugging Face model folder, such as `config.json`.
    const char *name;
    /// The contents, which are valid for the lifetime of the program, and aligned to 64 bytes.
    const unsigned char *bytes;
    /// The size in bytes.
    size_t size;
} bert_demo_model_file;

/// Returns the file at a position, or NULL after the last file.
const bert_demo_model_file *bert_demo_model_file_at(size_t position);

#endif
