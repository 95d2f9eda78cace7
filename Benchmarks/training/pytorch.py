"""Trains a new model with PyTorch, and measures its steps on request, with the protocol of run.

    pytorch.py CONFIG.json TOKENIZER TEXTS.tsv BATCH PRECISION ORDER

Dropout, AdamW (fused), weight decay and clipping are those of swift-bert's worker. bfloat16 is torch.autocast. The order is
`bucketed` (batches of similar lengths, the fastest) or `shuffled` (the default of the Trainer). Texts are tokenized before the
first step. An off-ramp follows each layer if the class in the configuration is DeeBERT's.
"""
import contextlib
import json
import os
import random
import re
import sys
import time

import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, BertModel
from torch.nn import Dropout, Linear, Module, ModuleList
from torch.nn.functional import cross_entropy


class EarlyExit(Module):
    """A BERT model with DeeBERT's joint loss: that of the classifier, and the weighted mean of the off-ramps' losses."""

    def __init__(self, config):
        super().__init__()
        width, layers = config.hidden_size, config.num_hidden_layers
        self.bert = BertModel(config)
        self.dropout = Dropout(config.hidden_dropout_prob)
        self.classifier = Linear(width, 2)
        self.poolers = ModuleList(Linear(width, width) for _ in range(layers))
        self.ramps = ModuleList(Linear(width, 2) for _ in range(layers))

    def forward(self, input_ids, attention_mask, labels):
        output = self.bert(input_ids, attention_mask=attention_mask, output_hidden_states=True)
        loss = cross_entropy(self.classifier(self.dropout(output.pooler_output)), labels)
        weights = range(1, len(self.ramps) + 1)
        for weight, pooler, ramp, state in zip(weights, self.poolers, self.ramps, output.hidden_states[1:]):
            logits = ramp(self.dropout(torch.tanh(pooler(state[:, 0]))))
            loss = loss + weight / sum(weights) * cross_entropy(logits, labels)
        return (loss,)


def batches(texts, size, order):
    """Returns the indices of the batches of an epoch. Batches have similar lengths in groups of 50 batches if bucketed."""
    generator, indices = random.Random(1), list(range(len(texts)))
    generator.shuffle(indices)
    if order == "bucketed":
        groups = [indices[start:start + 50 * size] for start in range(0, len(indices), 50 * size)]
        indices = [index for group in groups for index in sorted(group, key=lambda index: len(texts[index]))]
    result = [indices[start:start + size] for start in range(0, len(indices), size)]
    generator.shuffle(result)
    return result


def main():
    path, folder, data, size, precision, order = sys.argv[1:]
    torch.set_num_threads(int(os.environ["BERT_NUM_THREADS"]))
    torch.manual_seed(1)
    config = BertConfig.from_pretrained(path)
    early = any("DeeBert" in name for name in config.architectures or [])
    model = EarlyExit(config) if early else BertForSequenceClassification(config)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01, fused=True)
    with open(data, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = tokenizer([row[0] for row in rows], truncation=True, max_length=128)["input_ids"]
    labels = torch.tensor([int(row[1]) for row in rows])
    computing = torch.autocast("cpu", torch.bfloat16) if precision == "bfloat16" else contextlib.nullcontext()
    plan, done = batches(encoded, int(size), order), 0
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        times, tokens, end = [], 0, time.perf_counter() + float(line)
        while not times or time.perf_counter() < end:
            chosen = plan[done % len(plan)]
            started = time.perf_counter()
            inputs = tokenizer.pad({"input_ids": [encoded[index] for index in chosen]}, return_tensors="pt")
            with computing:
                loss = model(inputs["input_ids"], attention_mask=inputs["attention_mask"], labels=labels[chosen])[0]
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            times.append((time.perf_counter() - started) * 1000)
            tokens += sum(len(encoded[index]) for index in chosen)
            done += 1
        with open("/proc/self/status", encoding="utf-8") as file:
            peak = int(re.search(r"VmHWM:\s*(\d+)", file.read()).group(1))
        print(json.dumps({"times": times, "tokens": tokens, "megabytes": peak / 1024}), flush=True)


main()
