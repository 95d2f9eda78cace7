"""Encoders of other runtimes behind one interface: `bind(ids, mask)` gives a call that computes, `array` its result.

What a runtime imports it imports when it is made, so that a process pays for that runtime alone.
"""
import os
import sys

from places import models, prepared

threads = int(os.environ.get("BERT_NUM_THREADS", "2"))


class Torch:
    precisions = ["float32", "bfloat16"]

    def __init__(self, model, precision):
        import torch
        from transformers import BertModel

        self.torch = torch
        torch.set_num_threads(threads)
        self.model = BertModel.from_pretrained(models[model], add_pooling_layer=False, dtype=getattr(torch, precision)).eval()
        self.description = f"torch {torch.__version__.split('+')[0]}, eager, scaled_dot_product_attention"

    def bind(self, ids, mask):
        inputs = {"input_ids": self.torch.from_numpy(ids), "attention_mask": self.torch.from_numpy(mask)}

        def call():
            with self.torch.inference_mode():
                return self.model(**inputs).last_hidden_state

        return call

    def array(self, result):
        return result.float().numpy()


class ONNXRuntime:
    precisions = ["float32", "int8"]

    def __init__(self, model, precision):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        file = {"float32": "fused.onnx", "int8": "fused-int8.onnx"}[precision]
        self.session = onnxruntime.InferenceSession(str(prepared(model) / file), options, providers=["CPUExecutionProvider"])
        self.types = {value.name: value.type for value in self.session.get_inputs()}
        self.description = f"onnxruntime {onnxruntime.__version__}, fused graph"
        if precision == "int8":
            self.description += ", dynamic quantisation by channel"

    def bind(self, ids, mask):
        values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
        feed = {name: values[name].astype("int32" if kind == "tensor(int32)" else "int64") for name, kind in self.types.items()}
        return lambda: self.session.run(None, feed)[0]

    def array(self, result):
        return result


class OpenVINO:
    precisions = ["float32", "bfloat16", "int8"]
    hint = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}

    def __init__(self, model, precision):
        import openvino

        self.openvino = openvino
        file = "openvino-int8.xml" if precision == "int8" else "openvino.xml"
        self.model = openvino.Core().compile_model(
            prepared(model) / file, "CPU",
            {
                "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": self.hint[precision],
            },
        )
        self.request = self.model.create_infer_request()
        self.description = f"openvino {openvino.__version__.split('-')[0]}, precision hint {self.hint[precision]}"
        if precision == "int8":
            self.description += ", static quantisation by NNCF"

    def bind(self, ids, mask):
        for name, value in {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}.items():
            self.request.set_tensor(name, self.openvino.Tensor(value))

        def call():
            self.request.infer()
            return self.request.get_output_tensor(0).data

        return call

    def array(self, result):
        return result.copy()


class OpenVINOInt8AndBfloat16(OpenVINO):
    precisions = ["int8"]
    hint = {"int8": "bf16"}


class CTranslate2:
    precisions = ["float32", "int8"]

    def __init__(self, model, precision):
        import ctranslate2
        import numpy

        self.ctranslate2, self.numpy = ctranslate2, numpy
        self.encoder = ctranslate2.Encoder(
            str(prepared(model) / f"ctranslate2-{precision}"), compute_type=precision, intra_threads=threads, inter_threads=1)
        self.description = f"ctranslate2 {ctranslate2.__version__}"

    def bind(self, ids, mask):
        view = self.ctranslate2.StorageView.from_array
        arguments = view(ids.astype("int32")), view(mask.sum(1).astype("int32")), (ids * 0).tolist()
        return lambda: self.encoder.forward_batch(*arguments).last_hidden_state

    def array(self, result):
        return self.numpy.array(result)


all = {
    "PyTorch": Torch, "ONNX Runtime": ONNXRuntime, "OpenVINO": OpenVINO, "OpenVINO with bfloat16": OpenVINOInt8AndBfloat16,
    "CTranslate2": CTranslate2,
}
