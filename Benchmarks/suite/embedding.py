"""Computes sentence embeddings with MiniLM and an encoder from `runtimes`."""
import numpy

from corpus import tokenizer


class Embedder:
    """Tokenizes all texts and runs batches of 32 with similar lengths."""

    def __init__(self, encoder):
        self.encoder = encoder
        self.tokenizer = tokenizer(256)

    def __call__(self, texts):
        encodings = self.tokenizer.encode_batch_fast(texts)
        order = sorted(range(len(texts)), key=lambda place: len(encodings[place]), reverse=True)
        vectors = None
        for start in range(0, len(order), 32):
            places = order[start : start + 32]
            ids = numpy.zeros((len(places), len(encodings[places[0]])), dtype=numpy.int64)
            mask = numpy.zeros_like(ids)
            for row, place in enumerate(places):
                tokens = encodings[place].ids
                ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
            hidden = self.encoder.array(self.encoder.bind(ids, mask)())
            pooled = (mask[:, None, :].astype(numpy.float32) @ hidden)[:, 0, :]
            pooled /= numpy.linalg.norm(pooled, axis=1, keepdims=True)
            if vectors is None:
                vectors = numpy.empty((len(texts), pooled.shape[1]), dtype=numpy.float32)
            vectors[places] = pooled
        return vectors


class SentenceTransformers:
    precisions = ["float32", "bfloat16"]

    def __init__(self, precision):
        import sentence_transformers
        import torch

        from places import minilm, threads

        torch.set_num_threads(threads)
        self.model = sentence_transformers.SentenceTransformer(
            str(minilm), device="cpu", model_kwargs={"dtype": getattr(torch, precision)})
        self.description = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__.split('+')[0]}"

    def __call__(self, texts):
        vectors = self.model.encode(texts, batch_size=32, normalize_embeddings=True, convert_to_numpy=False, convert_to_tensor=True)
        return vectors.float().numpy()
