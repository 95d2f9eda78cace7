"""The models of other families, with random weights, in PyTorch; and their conversion for other runtimes.

All but NomicBERT are those of transformers. NomicBERT's code isn't a part of transformers 4, so it is written here, with
scaled_dot_product_attention.
"""
import json
import shutil

import torch

from corpus import token_ids
from places import minilm, models

of_bert = ["MiniLM-L6", "BERT-base"]
# What differs from the defaults of transformers.
configurations = {
    # CTranslate2's converter requires position_embedding_type, which newer versions of transformers don't write.
    "BERT-base": ("Bert", {"position_embedding_type": "absolute"}),
    "MPNet-base": ("MPNet", {"max_position_embeddings": 514, "layer_norm_eps": 1e-5}),
    "ModernBERT-base": ("ModernBert", {"reference_compile": False}),
    "DeBERTa-v3-base": ("DebertaV2", {
        "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072,
        "relative_attention": True, "position_buckets": 256, "pos_att_type": ["p2c", "c2p"], "share_att_key": True,
        "norm_rel_ebd": "layer_norm", "position_biased_input": False}),
    "NomicBERT": ("Nomic", {
        "model_type": "nomic_bert", "architectures": ["NomicBertModel"], "vocab_size": 30528, "n_embd": 768, "n_layer": 12,
        "n_head": 12, "n_inner": 3072, "n_positions": 8192, "max_trained_positions": 2048, "type_vocab_size": 2,
        "layer_norm_epsilon": 1e-12, "activation_function": "swiglu", "rotary_emb_base": 1000, "rotary_emb_fraction": 1.0,
        "rotary_emb_interleaved": False, "rotary_emb_scale_base": None, "rotary_scaling_factor": None, "qkv_proj_bias": False,
        "mlp_fc1_bias": False, "mlp_fc2_bias": False, "prenorm": False, "use_rms_norm": False, "causal": False}),
}


class NomicAttention(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.Wqkv, self.out_proj = torch.nn.Linear(width, 3 * width, bias=False), torch.nn.Linear(width, width, bias=False)
        self.heads = heads

    def forward(self, x, cosine, sine, mask):
        batch, length, width = x.shape
        query, key, value = self.Wqkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)

        def rotated(part):
            first, second = part.chunk(2, dim=-1)
            return part * cosine + torch.cat((-second, first), dim=-1) * sine

        context = torch.nn.functional.scaled_dot_product_attention(rotated(query), rotated(key), value, attn_mask=mask)
        return self.out_proj(context.transpose(1, 2).reshape(batch, length, width))


class NomicLayer(torch.nn.Module):
    def __init__(self, width, heads, inner, epsilon):
        super().__init__()
        self.attn = NomicAttention(width, heads)
        self.mlp = torch.nn.ModuleDict({
            "fc11": torch.nn.Linear(width, inner, bias=False), "fc12": torch.nn.Linear(width, inner, bias=False),
            "fc2": torch.nn.Linear(inner, width, bias=False)})
        self.norm1, self.norm2 = torch.nn.LayerNorm(width, eps=epsilon), torch.nn.LayerNorm(width, eps=epsilon)

    def forward(self, x, cosine, sine, mask):
        x = self.norm1(x + self.attn(x, cosine, sine, mask))
        inner = self.mlp["fc11"](x) * torch.nn.functional.silu(self.mlp["fc12"](x))
        return self.norm2(x + self.mlp["fc2"](inner))


class NomicBert(torch.nn.Module):
    """The encoder of nomic-embed-text, with the names of parameters of its repository on the hub."""

    def __init__(self, config):
        super().__init__()
        width, heads, epsilon = config["n_embd"], config["n_head"], config["layer_norm_epsilon"]
        self.embeddings = torch.nn.ModuleDict({
            "word_embeddings": torch.nn.Embedding(config["vocab_size"], width),
            "token_type_embeddings": torch.nn.Embedding(config["type_vocab_size"], width)})
        self.emb_ln = torch.nn.LayerNorm(width, eps=epsilon)
        self.encoder = torch.nn.ModuleDict({"layers": torch.nn.ModuleList(
            NomicLayer(width, heads, config["n_inner"], epsilon) for _ in range(config["n_layer"]))})
        frequencies = config["rotary_emb_base"] ** (-torch.arange(0, width // heads, 2, dtype=torch.float32) / (width // heads))
        angles = torch.outer(torch.arange(config["n_positions"], dtype=torch.float32), frequencies).repeat(1, 2)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.02)

    def forward(self, input_ids, attention_mask):
        length = input_ids.shape[1]
        x = self.emb_ln(
            self.embeddings["word_embeddings"](input_ids) + self.embeddings["token_type_embeddings"].weight[0])
        mask = attention_mask[:, None, None, :].to(torch.bool)
        for layer in self.encoder["layers"]:
            x = layer(x, self.cosine[:length], self.sine[:length], mask)
        return (x,)


class Plain(torch.nn.Module):
    """Returns only the last hidden states."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask)[0]


def attention(name):
    """Returns PyTorch's implementation of attention. transformers has no other one for DeBERTa."""
    return "matrix products" if name == "DeBERTa-v3-base" else "scaled_dot_product_attention"


def make(name):
    """Writes a model with random weights, and MiniLM's tokenizer."""
    import transformers

    torch.manual_seed(0)
    folder, (family, settings) = models[name], configurations[name]
    if family == "Nomic":
        from safetensors.torch import save_file

        folder.mkdir(parents=True)
        save_file(dict(NomicBert(settings).state_dict()), folder / "model.safetensors", metadata={"format": "pt"})
        (folder / "config.json").write_text(json.dumps(settings, indent=1))
    else:
        config = getattr(transformers, f"{family}Config")(**settings)
        getattr(transformers, f"{family}Model")(config).save_pretrained(folder)
    for file in ("vocab.txt", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(minilm / file, folder)


def load(name, dtype, **options):
    """Returns a model for inference."""
    if name == "NomicBERT":
        from safetensors.torch import load_file

        model = NomicBert(json.loads((models[name] / "config.json").read_text()))
        model.load_state_dict(load_file(models[name] / "model.safetensors"))
        return model.to(dtype).eval()
    import transformers

    if name in ("MiniLM-L6", "BERT-base", "MPNet-base"):
        options["add_pooling_layer"] = False
    return transformers.AutoModel.from_pretrained(models[name], dtype=dtype, **options).eval()


def convert(name, folder):
    """Exports a model of another family than BERT to ONNX, and converts that for OpenVINO."""
    import openvino

    options = {} if name in ("NomicBERT", "DeBERTa-v3-base") else {"attn_implementation": "eager"}
    ids = torch.from_numpy(token_ids(2, 16))
    names = ["input_ids", "attention_mask"]
    with torch.inference_mode():
        torch.onnx.export(
            Plain(load(name, torch.float32, **options)), (ids, torch.ones_like(ids)), folder / "plain.onnx", dynamo=False,
            opset_version=17, input_names=names, output_names=["last_hidden_state"],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]})
    model = openvino.convert_model(folder / "plain.onnx")
    openvino.save_model(model, folder / "openvino.xml", compress_to_fp16=False)
