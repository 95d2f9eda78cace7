"""Texts from the repository and their token ids."""
import functools
import json
import random

from places import minilm, root


def sentences():
    """Returns 1,000 texts with 1 to about 300 words: the SST-2 development set, sentences in many scripts, paragraphs of the
    license, and groups of eight sentences of SST-2."""
    table = (root / "Tests/Fixtures/sst2/test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    texts = [line.split("\t")[0].strip() for line in table]
    texts += json.loads((root / "Tests/Fixtures/minilm-sentences/texts.json").read_text(encoding="utf-8"))["texts"]
    texts += (root / "LICENSE").read_text(encoding="utf-8").split("\n\n")
    texts = [text for text in (" ".join(text.split()) for text in texts) if text]
    texts += [" ".join(texts[start : start + 8]) for start in range(0, 8 * (1000 - len(texts)), 8)]
    assert len(texts) == 1000, f"{len(texts)} texts"
    random.Random(0).shuffle(texts)
    return texts


def tokenizer(maximum):
    """Returns the tokenizer of MiniLM, with truncation to a number of tokens unless None."""
    from tokenizers import Tokenizer

    result = Tokenizer.from_file(str(minilm / "tokenizer.json"))
    result.no_padding()
    result.no_truncation()
    if maximum:
        result.enable_truncation(maximum)
    return result


@functools.cache
def stream():
    """Returns the concatenated tokens of all texts."""
    encodings = tokenizer(None).encode_batch(sentences(), add_special_tokens=False)
    return [token for encoding in encodings for token in encoding.ids]


def token_ids(batch, length, start=0):
    """Returns sequences without padding, int64 [batch, length]: [CLS], text, [SEP]."""
    import numpy

    tokens = stream()
    rows = numpy.empty((batch, length), dtype=numpy.int64)
    for row in range(batch):
        offset = (start + row * 997) % (len(tokens) - length)
        rows[row] = tokens[offset : offset + length]
    rows[:, 0], rows[:, -1] = 101, 102
    return rows
