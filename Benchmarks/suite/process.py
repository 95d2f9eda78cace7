"""A whole process, from a text to its vector on standard output: `process.py RUNTIME TEXT`, float32, MiniLM."""
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
