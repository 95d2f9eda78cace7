"""Embeddings with FastAPI, tokenizers and a session of ONNX Runtime: POST /v1/embeddings.

MODEL is the folder, ONNX the file with the fused graph.
"""
import os

import numpy
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel
from tokenizers import Tokenizer

app = FastAPI()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
session = onnxruntime.InferenceSession(os.environ["ONNX"], options, providers=["CPUExecutionProvider"])
names = [value.name for value in session.get_inputs()]
tokenizer = Tokenizer.from_file(os.environ["MODEL"] + "/tokenizer.json")
tokenizer.enable_padding()
tokenizer.enable_truncation(256)


class Request(BaseModel):
    model: str
    input: list[str]


@app.post("/v1/embeddings")
async def embeddings(request: Request):
    encodings = tokenizer.encode_batch(request.input)
    mask = numpy.array([encoding.attention_mask for encoding in encodings])
    values = {
        "input_ids": numpy.array([encoding.ids for encoding in encodings]), "attention_mask": mask,
        "token_type_ids": numpy.array([encoding.type_ids for encoding in encodings])}
    types = {value.name: numpy.int64 if "64" in value.type else numpy.int32 for value in session.get_inputs()}
    states = session.run(None, {name: values[name].astype(types[name]) for name in names})[0]
    weights = mask[:, :, None].astype(numpy.float32)
    vectors = (states * weights).sum(1) / weights.sum(1)
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    data = [{"object": "embedding", "index": i, "embedding": vector.tolist()} for i, vector in enumerate(vectors)]
    return {"object": "list", "data": data, "model": request.model}


@app.get("/health")
async def health():
    return {}
