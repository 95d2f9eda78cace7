"""The rows of the benchmark and their targets."""
import dataclasses

precisions = ["float32", "bfloat16", "int8"]


@dataclasses.dataclass(frozen=True)
class Row:
    """A workload in one precision. `targets` are the minimum speedups over the fastest other runtime."""

    name: str
    kind: str  # encoder, texts or process
    model: str
    precision: str
    target: float
    batch: int = 0
    length: int = 0
    backend: str = "auto"  # what a user gets who names none
    peers: tuple = ()

    @property
    def title(self):
        if self.kind == "encoder":
            return f"{self.model}, {self.batch}×{self.length}"
        if self.kind == "texts":
            return "1,000 texts to vectors" + (" with OpenBLAS, vs PyTorch" if self.backend == "openblas" else "")
        return "process start to first vector"

    @property
    def in_summary(self):
        """Whether the row is in the README."""
        return self.precision == "float32" and (
            self.kind == "process" or self.name == "texts-float32"
            or self.title in ("MiniLM-L6, 1×16", "MiniLM-L6, 32×128", "BERT-base, 8×128"))


def encoder_rows():
    small = {(1, 16): (1.3, 1.4, 1.3), (1, 128): (1.1, 1.1, 1.15), (8, 128): (1.1, 1.1, 1.15), (32, 128): (1.1, 1.1, 1.15)}
    base = {(1, 16): (1.1, 1.2, 1.1)}
    base |= {shape: (1.03, 1.08, 1.1) for shape in [(1, 128), (8, 128), (32, 128), (1, 512)]}
    for model, shapes in {"MiniLM-L6": small, "BERT-base": base}.items():
        for index, precision in enumerate(precisions):
            for (batch, length), targets in shapes.items():
                name = f"{model}-{batch}x{length}-{precision}".lower()
                yield Row(name, "encoder", model, precision, targets[index], batch, length)


def family_rows():
    shapes = [(8, 128), (1, 512)]
    for model in ("MPNet-base", "ModernBERT-base", "NomicBERT", "DeBERTa-v3-base"):
        for precision in precisions[:2]:
            for batch, length in shapes + ([(1, 8192)] if model == "ModernBERT-base" else []):
                yield Row(f"{model}-{batch}x{length}-{precision}".lower(), "encoder", model, precision, 1.1, batch, length)


rows = [
    *encoder_rows(),
    *family_rows(),
    *(Row(f"texts-{precision}", "texts", "MiniLM-L6", precision, 1.5) for precision in precisions),
    Row("texts-openblas", "texts", "MiniLM-L6", "float32", 1.3, backend="openblas", peers=("PyTorch", "sentence-transformers")),
    Row("process", "process", "MiniLM-L6", "float32", 4),
]

# Minimum cosine to PyTorch in float32: of the hidden state of each token for float32, otherwise of the mean of each
# sequence.
least_cosine = {"float32": 0.9999, "bfloat16": 0.999, "int8": 0.99}
