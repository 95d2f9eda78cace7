"""Converts the models for each runtime: `preparation.py [MODEL]...`, by default all. Runs in the virtual environment."""
import math
import shutil
import sys

import torch
from transformers import BertModel

import families
from corpus import token_ids
from places import minilm, models, prepared


class PlainEncoder(torch.nn.Module):
    """The BERT encoder, with operations that ONNX Runtime's optimizer can fuse, and the weights of a BertModel."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.heads = model.config.num_attention_heads

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, x.size(2) // self.heads).permute(0, 2, 1, 3)

    def attention(self, layer, x, bias):
        query, key, value = (self.split(part(x)) for part in (layer.self.query, layer.self.key, layer.self.value))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1)) + bias
        context = torch.matmul(torch.softmax(scores, dim=-1), value).permute(0, 2, 1, 3).contiguous()
        return layer.output.LayerNorm(layer.output.dense(context.view(x.size(0), x.size(1), x.size(2))) + x)

    def forward(self, input_ids, attention_mask, token_type_ids):
        tables = self.model.embeddings
        positions = tables.position_embeddings(tables.position_ids[:, : input_ids.size(1)])
        x = tables.LayerNorm(tables.word_embeddings(input_ids) + positions + tables.token_type_embeddings(token_type_ids))
        bias = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -10000.0
        for layer in self.model.encoder.layer:
            x = self.attention(layer.attention, x, bias)
            inner = layer.intermediate.dense(x)
            inner = inner * 0.5 * (1.0 + torch.erf(inner / math.sqrt(2.0)))
            x = layer.output.LayerNorm(layer.output.dense(inner) + x)
        return x


def export_onnx(source, folder):
    model = BertModel.from_pretrained(source, add_pooling_layer=False, attn_implementation="eager").eval()
    ids = torch.from_numpy(token_ids(2, 16))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        PlainEncoder(model), (ids, torch.ones_like(ids), torch.zeros_like(ids)), folder / "plain.onnx", dynamo=False,
        opset_version=17, input_names=names, output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]})
    return model.config


def optimise_onnx(folder, config):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    graph = optimizer.optimize_model(
        str(folder / "plain.onnx"), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size,
        opt_level=0)
    fused = graph.get_fused_operator_statistics()
    assert fused["Attention"] == config.num_hidden_layers, fused
    graph.save_model_to_file(str(folder / "fused.onnx"))
    quantize_dynamic(
        folder / "fused.onnx", folder / "fused-int8.onnx", weight_type=QuantType.QInt8, per_channel=True,
        op_types_to_quantize=["MatMul", "Attention", "Gather", "EmbedLayerNormalization"],
        extra_options={"DefaultTensorType": 1, "MatMulConstBOnly": True})


def convert_openvino(folder):
    import nncf
    import numpy
    import openvino

    model = openvino.convert_model(folder / "plain.onnx")
    openvino.save_model(model, folder / "openvino.xml", compress_to_fp16=False)
    ids = [token_ids(1, 128, start=5000 + 131 * number) for number in range(100)]
    samples = [
        {"input_ids": row, "attention_mask": numpy.ones_like(row), "token_type_ids": numpy.zeros_like(row)} for row in ids]
    quantised = nncf.quantize(model, nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER, subset_size=100)
    openvino.save_model(quantised, folder / "openvino-int8.xml", compress_to_fp16=False)


def convert_ctranslate2(source, folder):
    from ctranslate2.converters import TransformersConverter

    for precision in ("float32", "int8"):
        TransformersConverter(str(source)).convert(str(folder / f"ctranslate2-{precision}"), quantization=precision)


for name in sys.argv[1:] or models:
    source, folder = models[name], prepared(name)
    if name in families.configurations and not source.exists():
        families.make(name)
    if (folder / "is-complete").exists():
        continue
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if name in families.of_bert:
        optimise_onnx(folder, export_onnx(source, folder))
        convert_openvino(folder)
        convert_ctranslate2(source, folder)
    else:
        families.convert(name, folder)
    (folder / "is-complete").touch()
