"""Tests unmodified clients with a running `bert serve`; see scripts/check-clients.

Usage: check.py BASE_URL. Each check_… function tests one client with assertions.
"""

import math
import os
import sys
import traceback

os.environ.pop("HF_HUB_OFFLINE", None)
for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
    os.environ.pop(name, None)
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

BASE = sys.argv[1].rstrip("/")
TEXTS = ["A man is eating food.", "A man is eating a piece of bread.", "A monkey is playing drums."]


def dot(a, b):
    return sum(float(x) * float(y) for x, y in zip(a, b))


def check_openai():
    import openai

    client = openai.OpenAI(base_url=BASE + "/v1", api_key="none", max_retries=0)
    # By default, the client requests base64 and decodes it.
    answer = client.embeddings.create(model="minilm", input=TEXTS)
    vectors = [item.embedding for item in answer.data]
    assert len(vectors) == 3 and len(vectors[0]) == 384
    assert math.isclose(dot(vectors[0], vectors[0]), 1, rel_tol=1e-4)
    assert dot(vectors[0], vectors[1]) > 0.7 > dot(vectors[0], vectors[2])
    assert answer.usage.prompt_tokens > 10
    floats = client.embeddings.create(model="minilm", input=TEXTS, encoding_format="float")
    assert max(abs(a - b) for a, b in zip(vectors[0], floats.data[0].embedding)) < 1e-6
    short = client.embeddings.create(model="minilm", input="a", dimensions=64)
    assert len(short.data[0].embedding) == 64
    assert "minilm" in [model.id for model in client.models.list()]
    assert client.models.retrieve("minilm").id == "minilm"
    assert client.models.retrieve("org/ranker").id == "ranker"
    try:
        client.embeddings.create(model="nope", input="a")
        raise AssertionError("a model that isn't there was found")
    except openai.NotFoundError as error:
        assert "nope" in str(error) and error.code == "model_not_found"
    try:
        client.embeddings.create(model="minilm", input=["a", ""])
        raise AssertionError("an empty text in a list was taken")
    except openai.BadRequestError as error:
        assert error.param == "input[1]"


def check_openai_async():
    import asyncio

    import openai

    async def run():
        async with openai.AsyncOpenAI(base_url=BASE + "/v1", api_key="none") as client:
            answers = await asyncio.gather(
                *[client.embeddings.create(model="minilm", input=[text]) for text in TEXTS * 8]
            )
            first = [answer.data[0].embedding for answer in answers]
            for index in range(3, len(first)):
                assert dot(first[index], first[index % 3]) > 0.9999

    asyncio.run(run())


def check_huggingface():
    from huggingface_hub import InferenceClient
    from huggingface_hub.errors import HfHubHTTPError

    def client(name):
        return InferenceClient(model=f"{BASE}/models/{name}")

    vectors = client("minilm").feature_extraction("hello")
    assert vectors.shape == (1, 384)
    scores = client("minilm").sentence_similarity(TEXTS[0], other_sentences=TEXTS[1:])
    assert len(scores) == 2 and scores[0] > scores[1]
    labels = client("demo").text_classification("a charming journey")
    assert len(labels) == 2 and labels[0].label == "positive" and labels[0].score > 0.9
    entities = client("ner").token_classification("My name is Sarah")
    assert all(entity.entity_group and entity.end > entity.start for entity in entities)
    answer = client("qa").question_answering(question="Who?", context="I am Wolfgang and live in Berlin")
    answer = answer[0] if isinstance(answer, list) else answer
    assert answer.answer in "I am Wolfgang and live in Berlin"
    guesses = client("mlm").fill_mask("the [MASK] is")
    assert len(guesses) == 5 and guesses[0].token_str
    try:
        client("mlm").fill_mask("no mask")
        raise AssertionError("a text without a mask was filled")
    except HfHubHTTPError as error:
        assert "mask" in str(error).lower(), str(error)


def check_langchain():
    from langchain_openai import OpenAIEmbeddings

    embeddings = OpenAIEmbeddings(
        model="minilm", base_url=BASE + "/v1", api_key="none", check_embedding_ctx_length=False
    )
    documents = embeddings.embed_documents(TEXTS * 500)
    assert len(documents) == 1500
    query = embeddings.embed_query(TEXTS[0])
    assert dot(query, documents[0]) > 0.9999


def check_cohere():
    import cohere

    documents = ["short", "a much longer text", "third"]
    answer = cohere.ClientV2(api_key="none", base_url=BASE).rerank(
        model="org/ranker", query="q", documents=documents, top_n=2
    )
    assert len(answer.results) == 2
    assert answer.results[0].relevance_score >= answer.results[1].relevance_score
    first = cohere.Client(api_key="none", base_url=BASE).rerank(
        model="org/ranker", query="q", documents=documents, return_documents=True
    )
    assert [result.index for result in first.results][:2] == [result.index for result in answer.results]
    assert first.results[0].document.text == documents[first.results[0].index]


def check_litellm():
    import litellm

    answer = litellm.embedding(model="openai/minilm", input=TEXTS, api_base=BASE + "/v1", api_key="none")
    assert len(answer.data) == 3 and len(answer.data[0]["embedding"]) == 384
    for model, base in (
        ("cohere/org/ranker", BASE + "/v2/rerank"),
        ("jina_ai/org/ranker", BASE),
        ("hosted_vllm/org/ranker", BASE + "/v1"),
    ):
        ranks = litellm.rerank(
            model=model, query="q", documents=["a", "b c d"], top_n=2, api_base=base, api_key="none"
        )
        assert len(ranks.results) == 2, model


def check_triton():
    import tritonclient.http as triton

    client = triton.InferenceServerClient(BASE.removeprefix("http://"))
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("minilm")
    import numpy

    text = triton.InferInput("text", [2], "BYTES")
    text.set_data_from_numpy(numpy.array([b"hello", b"world"], dtype=object), binary_data=False)
    output = triton.InferRequestedOutput("embedding", binary_data=False)
    answer = client.infer("minilm", [text], outputs=[output]).as_numpy("embedding")
    assert answer.shape == (2, 384)
    client.unload_model("minilm")
    states = {model["name"]: model["state"] for model in client.get_model_repository_index()}
    assert states["minilm"] == "UNAVAILABLE" and states["demo"] == "READY", states
    client.load_model("minilm")
    states = {model["name"]: model["state"] for model in client.get_model_repository_index()}
    assert states["minilm"] == "READY", states


def check_openapi():
    import json
    import urllib.request

    from openapi_spec_validator import validate

    document = json.load(urllib.request.urlopen(BASE + "/openapi.json"))
    validate(document)
    assert "/v1/embeddings" in document["paths"]
    # All paths are described.
    for path, operations in document["paths"].items():
        if "get" in operations:
            url = BASE + path.replace("{model}", "minilm")
            answer = urllib.request.urlopen(url)
            types = operations["get"]["responses"]["200"].get("content", {"": None})
            assert answer.headers.get("content-type", "") in types, path


def main():
    failures = 0
    for name, check in list(globals().items()):
        if not name.startswith("check_"):
            continue
        try:
            check()
            print(f"ok      {name[6:]}")
        except Exception:
            failures += 1
            print(f"FAILED  {name[6:]}")
            traceback.print_exc()
    sys.exit(1 if failures else 0)


main()
