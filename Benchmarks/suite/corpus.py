"""Texts that come with the repository, and token ids made of them."""
import functools
import json
import random

from places import minilm, root


def sentences():
    """1,000 texts of 1 to some 300 words: SST-2's development set, sentences in many scripts, paragraphs of the licence, and
    the first sentences of SST-2 again, eight together."""
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
    """MiniLM's, cutting texts at so many tokens; None cuts nothing."""
    from tokenizers import Tokenizer

    result = Tokenizer.from_file(str(minilm / "tokenizer.json"))
    result.no_padding()
    result.no_truncation()
    if maximum:
        result.enable_truncation(maximum)
    return result


@functools.cache
def stream():
    """The tokens of all texts, one after the other."""
    encodings = tokenizer(None).encode_batch(sentences(), add_special_tokens=False)
    return [token for encoding in encodings for token in encoding.ids]


def token_ids(batch, length, start=0):
    """Full sequences [batch, length] out of the texts, int64: [CLS], running text, [SEP]."""
    import numpy

    tokens = stream()
    rows = numpy.empty((batch, length), dtype=numpy.int64)
    for row in range(batch):
        offset = (start + row * 997) % (len(tokens) - length)
        rows[row] = tokens[offset : offset + length]
    rows[:, 0], rows[:, -1] = 101, 102
    return rows
