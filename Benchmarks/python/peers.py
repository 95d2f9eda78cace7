"""The packages that Benchmarks/python/run compares. Each runs in its own process.

    peers.py serve PEER FOLDER    embeds the texts, stores the vectors, and then embeds the texts again for each line of input
    peers.py first PEER FOLDER    imports the package, opens the model, embeds one text and prints the time of all that
"""
import time

begun = time.perf_counter()

import json  # noqa: E402
import os  # noqa: E402
import pathlib  # noqa: E402
import sys  # noqa: E402

root = pathlib.Path(__file__).resolve().parents[2]
minilm = root / ".models/all-MiniLM-L6-v2"
threads = int(os.environ.get("BERT_NUM_THREADS", "2"))


class SwiftBert:
    def __init__(self, precision):
        self.precision = precision
        self.about = f"the wheel of this commit, `SentenceEmbedder(model, backend=\"simd\", precision=\"{precision}\")`"

    def open(self, folder):
        sys.path.insert(0, str(folder / "installed"))
        from swift_bert import SentenceEmbedder

        embedder = SentenceEmbedder(str(minilm), backend="simd", precision=self.precision, auto_truncate=True)
        return lambda texts: embedder.encode(texts, normalize_embeddings=True)


class FastEmbed:
    def __init__(self, batch):
        self.batch = batch
        self.about = f"`TextEmbedding`, ONNX Runtime, batches of {batch}"

    def open(self, folder):
        import numpy
        from fastembed import TextEmbedding

        model = TextEmbedding(
            "sentence-transformers/all-MiniLM-L6-v2", specific_model_path=str(folder / "fastembed"), threads=threads,
            local_files_only=True)
        return lambda texts: numpy.stack(list(model.embed(texts, batch_size=self.batch)))


class SentenceTransformers:
    def __init__(self, backend, precision="f32"):
        self.backend, self.precision = backend, precision
        self.about = f"`SentenceTransformer(model, backend=\"{backend}\")`, batches of 32"
        if backend == "openvino":
            self.about += f", `INFERENCE_PRECISION_HINT` {precision}"

    def open(self, folder):
        from sentence_transformers import SentenceTransformer

        keywords = {}
        if self.backend == "torch":
            import torch

            torch.set_num_threads(threads)
        elif self.backend == "onnx":
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            keywords = {"provider": "CPUExecutionProvider", "session_options": options}
        else:
            keywords = {"ov_config": {
                "INFERENCE_NUM_THREADS": str(threads), "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": self.precision}}
        source = minilm if self.backend == "torch" else folder / self.backend
        model = SentenceTransformer(str(source), backend=self.backend, device="cpu", model_kwargs=keywords)
        return lambda texts: model.encode(texts, batch_size=32, normalize_embeddings=True)


peers = {
    "swift-bert": SwiftBert("float32"),
    "swift-bert in bfloat16": SwiftBert("bfloat16"),
    "swift-bert in int8": SwiftBert("int8"),
    "fastembed": FastEmbed(256),
    "fastembed in batches of 32": FastEmbed(32),
    "sentence-transformers": SentenceTransformers("torch"),
    "sentence-transformers with ONNX": SentenceTransformers("onnx"),
    "sentence-transformers with OpenVINO": SentenceTransformers("openvino"),
    "sentence-transformers with OpenVINO in bfloat16": SentenceTransformers("openvino", "bf16"),
}


def main():
    task, name, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    encode = peers[name].open(folder)
    if task == "first":
        encode(["A man is eating food."])
        print(json.dumps({"seconds": time.perf_counter() - begun}))
        return
    import numpy

    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    path = folder / f"{name.replace(' ', '-')}.npy"
    numpy.save(path, encode(texts))
    print(json.dumps({"vectors": str(path)}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        encode(texts)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main()
