#!/usr/bin/env python3
"""Makes two tiny checkpoints and what they give, in float64 with numpy: `Tests/make-fixtures.py`, from any folder."""
import json, math, os, struct
import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
WORDS = "[PAD] [UNK] [CLS] [SEP] a small stone rolls far away and the river is loud or calm".split()
IDS = [[2, 4, 5, 6, 7, 3], [2, 11, 12, 13, 14, 15, 16, 3], [2, 3]]
erf = np.vectorize(math.erf)


def gelu(x): return x * 0.5 * (1 + erf(x / math.sqrt(2)))


def norm(x, w, name, eps):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
    return x * w[name + ".weight"] + w[name + ".bias"]


def linear(x, w, name): return x @ w[name + ".weight"].T + w.get(name + ".bias", 0)


def attend(q, k, v, heads):
    split = lambda x: x.reshape(len(x), heads, -1).transpose(1, 0, 2)
    q, k, v = split(q), split(k), split(v)
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
    p = np.exp(scores - scores.max(-1, keepdims=True))
    return (p / p.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(q.shape[1], -1)


def weights(seed, shapes):
    rng, result = np.random.default_rng(seed), {}
    for name, shape in shapes.items():
        values = rng.normal(0, 0.6, shape)
        if name.endswith(("LayerNorm.weight", "start.weight", "before.weight", "between.weight", "end.weight")):
            values = 1 + 0.2 * values
        result[name] = values.astype(np.float32).astype(np.float64)
    return result


def dense(shapes, name, inner, outer, bias=True):
    shapes[name + ".weight"] = (outer, inner)
    if bias: shapes[name + ".bias"] = (outer,)


def layer_norm(shapes, name, size): shapes[name + ".weight"], shapes[name + ".bias"] = (size,), (size,)


def save(name, config, w, expected):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    header, data = {}, b""
    for key in sorted(w):
        bytes_ = w[key].astype("<f4").tobytes()
        header[key] = {"dtype": "F32", "shape": list(w[key].shape), "data_offsets": [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    for file, value in [("config.json", config), ("expected.json", {"ids": IDS, **expected}),
                        ("tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": True})]:
        with open(os.path.join(folder, file), "w") as out: out.write(json.dumps(value, indent=1) + "\n")
    with open(os.path.join(folder, "vocab.txt"), "w") as out: out.write("\n".join(WORDS) + "\n")


def margin():
    hidden, heads, layers, inner = 8, 2, 3, 12
    config = {"model_type": "bert", "architectures": ["BertForMarginClassification"], "vocab_size": len(WORDS),
              "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads,
              "intermediate_size": inner, "max_position_embeddings": 16, "exit_margin": 1.5,
              "id2label": {"0": "still", "1": "moving"}, "label2id": {"still": 0, "moving": 1}}
    shapes = {"bert.embeddings.word_embeddings.weight": (len(WORDS), hidden),
              "bert.embeddings.position_embeddings.weight": (16, hidden),
              "bert.embeddings.token_type_embeddings.weight": (2, hidden)}
    layer_norm(shapes, "bert.embeddings.LayerNorm", hidden)
    for i in range(layers):
        path = f"bert.encoder.layer.{i}."
        for name in "query", "key", "value": dense(shapes, f"{path}attention.self.{name}", hidden, hidden)
        dense(shapes, path + "attention.output.dense", hidden, hidden)
        layer_norm(shapes, path + "attention.output.LayerNorm", hidden)
        dense(shapes, path + "intermediate.dense", hidden, inner)
        dense(shapes, path + "output.dense", inner, hidden)
        layer_norm(shapes, path + "output.LayerNorm", hidden)
    dense(shapes, "margin.dense", hidden, hidden // 2)
    dense(shapes, "margin.labels", hidden // 2, 2)
    w = weights(17, shapes)
    per_layer, logits, left = [], [], []
    for ids in IDS:
        e = "bert.embeddings."
        x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][: len(ids)]
        x = norm(x + w[e + "token_type_embeddings.weight"][0], w, e + "LayerNorm", 1e-12)
        ramps = []
        for i in range(layers):
            p = f"bert.encoder.layer.{i}."
            q, k, v = (linear(x, w, f"{p}attention.self.{n}") for n in ("query", "key", "value"))
            y = norm(x + linear(attend(q, k, v, heads), w, p + "attention.output.dense"), w,
                     p + "attention.output.LayerNorm", 1e-12)
            x = norm(y + linear(gelu(linear(y, w, p + "intermediate.dense")), w, p + "output.dense"), w,
                     p + "output.LayerNorm", 1e-12)
            ramps.append(linear(np.maximum(linear(x[0], w, "margin.dense"), 0), w, "margin.labels"))
        exits = [i for i, r in enumerate(ramps) if abs(r[0] - r[1]) > config["exit_margin"]]
        left.append(exits[0] + 1 if exits else layers)
        logits.append(ramps[left[-1] - 1].tolist())
        per_layer.append([r.tolist() for r in ramps])
    save("margin", config, w, {"logits": logits, "exit_layer": left, "off_ramps": per_layer})


def pebble():
    hidden, heads, layers, inner, head = 12, 3, 2, 20, 10
    config = {"model_type": "pebble", "architectures": ["PebbleForSequenceClassification"],
              "vocab_size": len(WORDS), "width": hidden, "depth": layers, "num_attention_heads": heads,
              "intermediate_size": inner, "max_position_embeddings": 16, "hidden_act": "gelu",
              "layer_norm_eps": 1e-6, "head_width": head,
              "id2label": {"0": "near", "1": "far", "2": "loud"}, "label2id": {"near": 0, "far": 1, "loud": 2}}
    shapes = {"pebble.words.weight": (len(WORDS), hidden), "pebble.places.weight": (16, hidden)}
    layer_norm(shapes, "pebble.start", hidden)
    for i in range(layers):
        path = f"pebble.stones.{i}."
        dense(shapes, path + "qkv", hidden, 3 * hidden, bias=False)
        dense(shapes, path + "mix", hidden, hidden)
        layer_norm(shapes, path + "before", hidden)
        dense(shapes, path + "up", hidden, inner)
        dense(shapes, path + "down", inner, hidden)
        layer_norm(shapes, path + "between", hidden)
    layer_norm(shapes, "pebble.end", hidden)
    dense(shapes, "head.dense", hidden, head)
    dense(shapes, "head.labels", head, 3)
    w, logits = weights(23, shapes), []
    for ids in IDS:
        x = norm(w["pebble.words.weight"][ids] + w["pebble.places.weight"][: len(ids)], w, "pebble.start", 1e-6)
        for i in range(layers):
            p = f"pebble.stones.{i}."
            q, k, v = np.split(linear(norm(x, w, p + "before", 1e-6), w, p + "qkv"), 3, axis=-1)
            x = x + linear(attend(q, k, v, heads), w, p + "mix")
            x = x + linear(gelu(linear(norm(x, w, p + "between", 1e-6), w, p + "up")), w, p + "down")
        mean = norm(x, w, "pebble.end", 1e-6).mean(0)
        logits.append(linear(np.tanh(linear(mean, w, "head.dense")), w, "head.labels").tolist())
    save("pebble", config, w, {"logits": logits})


margin()
pebble()
