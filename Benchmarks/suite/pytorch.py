"""Encoders with PyTorch: eager, quantized, compiled."""
import os

from places import threads, work


class Torch:
    kinds = ["encoder", "texts"]
    precisions = ["float32", "bfloat16", "int8"]

    def __init__(self, model, precision):
        import torch

        import families

        self.torch = torch
        torch.set_num_threads(threads)
        dtype = getattr(torch, "float32" if precision == "int8" else precision)
        self.model = families.load(model, dtype)
        self.description = f"torch {torch.__version__.split('+')[0]}, eager, {families.attention(model)}"
        if precision == "int8":
            # The default engine for the processor. Per-channel quantization is as fast as per-tensor and more accurate.
            quantization = torch.ao.quantization
            self.model = quantization.quantize_dynamic(
                self.model, {torch.nn.Linear: quantization.per_channel_dynamic_qconfig}, dtype=torch.qint8)
            self.description += f", dynamic quantisation by channel, engine {torch.backends.quantized.engine}"

    def bind(self, ids, mask):
        inputs = {"input_ids": self.torch.from_numpy(ids), "attention_mask": self.torch.from_numpy(mask)}

        def call():
            with self.torch.inference_mode():
                return self.model(**inputs)[0]

        return call

    def array(self, result):
        return result.float().numpy()


class CompiledForAnyShape(Torch):
    """Compiled once for all batches and lengths, at the first call, because texts have too many different shapes.

    Weights are constants (`freezing`), so the compiler packs them: with AVX2, MiniLM takes an eighth less time at 1×16, and
    nothing is slower. Adding `max_autotune` was slower. Requires a C++ compiler. The first compilation takes 15 s to a
    minute and is cached.
    """

    kinds = ["texts"]
    precisions = ["float32", "bfloat16"]
    dynamic = True

    def __init__(self, model, precision):
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(work / "inductor"))
        super().__init__(model, precision)
        self.model = self.torch.compile(self.model, dynamic=self.dynamic, options={"freezing": True})
        self.description = f"torch {self.torch.__version__.split('+')[0]}, compiled by inductor, weights frozen"
        self.description += ", any shape" if self.dynamic else ", for the shape"


class Compiled(CompiledForAnyShape):
    """Compiled for each shape when it is bound, before the measurement."""

    kinds = ["encoder"]
    dynamic = False

    def bind(self, ids, mask):
        # Otherwise previous shapes remain in memory, each with a copy of the weights.
        self.torch.compiler.reset()
        call = super().bind(ids, mask)
        call()
        return call
