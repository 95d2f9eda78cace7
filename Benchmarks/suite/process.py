"""Embeds one text with MiniLM in float32 and prints the vector: `process.py RUNTIME TEXT`."""
import json
import sys

runtime, text = sys.argv[1:]
if runtime == "sentence-transformers":
    from embedding import SentenceTransformers

    vectors = SentenceTransformers("float32")([text])
else:
    from embedding import Embedder
    from runtimes import all

    vectors = Embedder(all[runtime]("MiniLM-L6", "float32"))([text])
print(json.dumps({"index": 0, "embedding": vectors[0].tolist()}))
