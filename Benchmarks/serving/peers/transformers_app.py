"""Embeddings with FastAPI and sentence-transformers, as in many tutorials: POST /v1/embeddings. MODEL is the folder."""
import os

from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

app = FastAPI()
model = SentenceTransformer(os.environ["MODEL"], device="cpu")


class Request(BaseModel):
    model: str
    input: list[str]


# Computes on the event loop's thread, one request at a time, so that requests don't compete for the processor.
@app.post("/v1/embeddings")
async def embeddings(request: Request):
    vectors = model.encode(request.input, normalize_embeddings=True)
    data = [{"object": "embedding", "index": i, "embedding": vector.tolist()} for i, vector in enumerate(vectors)]
    return {"object": "list", "data": data, "model": request.model}


@app.get("/health")
async def health():
    return {}
