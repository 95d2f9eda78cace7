"""Encoders of other runtimes with a common interface, and the kinds of rows and precisions that they support.

`bind(ids, mask)` returns a callable that runs the encoder, and `array` converts its result. A runtime imports its package when
it is created, so that a process only loads one runtime. It raises an error on creation or in `bind` if it can't run on this
machine.
"""
import pytorch
from places import prepared, threads


class ONNXRuntime:
    kinds = ["encoder", "texts"]
    precisions = ["float32", "int8"]

    def __init__(self, model, precision):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        files = ["fused-int8.onnx"] if precision == "int8" else ["fused.onnx", "plain.onnx"]
        file = next(file for file in files if (prepared(model) / file).exists())
        self.session = onnxruntime.InferenceSession(str(prepared(model) / file), options, providers=["CPUExecutionProvider"])
        self.types = {value.name: value.type for value in self.session.get_inputs()}
        self.description = f"onnxruntime {onnxruntime.__version__}, {'exported' if file == 'plain.onnx' else 'fused'} graph"
        if precision == "int8":
            self.description += ", dynamic quantisation by channel"

    def bind(self, ids, mask):
        values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
        feed = {name: values[name].astype("int32" if kind == "tensor(int32)" else "int64") for name, kind in self.types.items()}
        return lambda: self.session.run(None, feed)[0]

    def array(self, result):
        return result


class OpenVINO:
    """Compiled for dynamic shapes. The precision hint has no effect on processors without support for it."""

    kinds = ["encoder", "texts"]
    precisions = ["float32", "bfloat16", "int8"]
    hint = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}

    def __init__(self, model, precision):
        import openvino

        self.openvino = openvino
        file = "openvino-int8.xml" if precision == "int8" else "openvino.xml"
        self.core = openvino.Core()
        self.model = self.core.read_model(prepared(model) / file)
        self.inputs = [value.get_any_name() for value in self.model.inputs]
        self.settings = {
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": self.hint[precision],
        }
        self.compile()
        self.description = f"openvino {openvino.__version__.split('-')[0]}, precision hint {self.hint[precision]}"
        if self.computed != self.hint[precision]:
            self.description += f" answered with {self.computed}"
        if precision == "int8":
            self.description += ", static quantisation by NNCF"

    def compile(self):
        compiled = self.core.compile_model(self.model, "CPU", self.settings)
        self.computed = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.request = compiled.create_infer_request()

    def bind(self, ids, mask):
        values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
        for name in self.inputs:
            self.request.set_tensor(name, self.openvino.Tensor(values[name]))

        def call():
            self.request.infer()
            return self.request.get_output_tensor(0).data

        return call

    def array(self, result):
        return result.copy()


class OpenVINOStatic(OpenVINO):
    """Compiled for each bound shape. With AVX2, MiniLM takes up to a tenth less time than with dynamic shapes."""

    kinds = ["encoder"]

    def bind(self, ids, mask):
        self.model.reshape({name: list(ids.shape) for name in self.inputs})
        self.compile()
        return super().bind(ids, mask)


class OpenVINOInt8AndBfloat16(OpenVINO):
    precisions = ["int8"]
    hint = {"int8": "bf16"}

    def __init__(self, model, precision):
        super().__init__(model, precision)
        if self.computed != "bf16":
            raise RuntimeError(f"OpenVINO answers its hint of bfloat16 with {self.computed} on this processor")


class CTranslate2:
    kinds = ["encoder", "texts"]
    precisions = ["float32", "int8"]

    def __init__(self, model, precision):
        import ctranslate2
        import numpy

        self.ctranslate2, self.numpy = ctranslate2, numpy
        folder = prepared(model) / f"ctranslate2-{precision}"
        if not folder.exists():
            raise RuntimeError(f"it has no encoder for {model}")
        self.encoder = ctranslate2.Encoder(
            str(folder), compute_type=precision, intra_threads=threads, inter_threads=1)
        self.description = f"ctranslate2 {ctranslate2.__version__}"

    def bind(self, ids, mask):
        view = self.ctranslate2.StorageView.from_array
        arguments = view(ids.astype("int32")), view(mask.sum(1).astype("int32")), (ids * 0).tolist()
        return lambda: self.encoder.forward_batch(*arguments).last_hidden_state

    def array(self, result):
        return self.numpy.array(result)


all = {
    "PyTorch": pytorch.Torch, "PyTorch compiled": pytorch.Compiled,
    "PyTorch compiled for any shape": pytorch.CompiledForAnyShape, "ONNX Runtime": ONNXRuntime, "OpenVINO": OpenVINO,
    "OpenVINO static": OpenVINOStatic, "OpenVINO with bfloat16": OpenVINOInt8AndBfloat16, "CTranslate2": CTranslate2,
}
