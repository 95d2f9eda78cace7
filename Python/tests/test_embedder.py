import ctypes.util
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading

import numpy
import pytest

import swift_bert
from swift_bert import BertError, FingerprintMismatch, SentenceEmbedder, shared


def test_vectors_have_the_shapes_of_sentence_transformers(embedder, texts):
    vectors = embedder.encode(texts)
    assert vectors.shape == (4, embedder.dimension) and vectors.dtype == numpy.float32
    assert embedder.encode(texts[0]).shape == (embedder.get_embedding_dimension(),)
    assert embedder.encode([]).shape == (0, embedder.get_sentence_embedding_dimension())
    assert isinstance(embedder.encode(texts, convert_to_numpy=False), list)
    assert numpy.array_equal(embedder.encode(sentences=texts), vectors)


def test_a_text_has_the_same_bytes_in_any_company(embedder, texts):
    alone = numpy.stack([embedder.encode(text) for text in texts])
    many = embedder.encode(texts * 300, batch_size=7)
    assert many.tobytes() == numpy.tile(alone, (300, 1)).tobytes()
    order = numpy.random.default_rng(1).permutation(len(many))
    shuffled = embedder.encode([(texts * 300)[i] for i in order])
    assert shuffled.tobytes() == many[order].tobytes()


def test_the_vectors_are_those_of_the_program(embedder, model, texts, tmp_path):
    program = os.environ.get("BERT_PROGRAM") or shutil.which("bert")
    if not program:
        pytest.skip("there is no program bert")
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(text) + "\n" for text in texts))
    output = tmp_path / "out.npy"
    subprocess.run(
        [program, "embed", "--model", model, "--backend", "simd", "--input", source, "--output", output],
        check=True, stderr=subprocess.DEVNULL,
    )
    assert numpy.load(output).tobytes() == embedder.encode(texts).tobytes()
    found = subprocess.run(
        [program, "inspect", "--fingerprint", "--backend", "simd", model], check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == embedder.fingerprint


def test_prompts_are_the_models_or_the_callers(embedder, texts):
    assert embedder.prompts
    name = next(iter(embedder.prompts))
    by_name = embedder.encode(texts, prompt_name=name)
    assert numpy.array_equal(by_name, embedder.encode(texts, prompt=embedder.prompts[name]))
    assert embedder.encode_query(texts).shape == embedder.encode_document(texts).shape
    assert numpy.array_equal(embedder.encode_query(texts, prompt=""), embedder.encode(texts, prompt=""))
    with pytest.raises(BertError) as error:
        embedder.encode(texts, prompt_name="nobody's")
    assert error.value.code == "unknownName"


def test_normalisation_and_dimensions_of_a_call_or_of_the_embedder(model, texts):
    raw = SentenceEmbedder(model, backend="simd", normalize=False)
    scaled = SentenceEmbedder(model, backend="simd", normalize=True)
    assert numpy.array_equal(raw.encode(texts, normalize_embeddings=True), scaled.encode(texts))
    short = SentenceEmbedder(model, backend="simd", truncate_dim=5)
    assert short.dimension == 5
    assert numpy.array_equal(SentenceEmbedder(model, backend="simd").encode(texts, truncate_dim=5), short.encode(texts))
    bits = scaled.encode(texts, precision="ubinary")
    assert bits.dtype == numpy.uint8 and bits.shape == (4, (scaled.dimension + 7) // 8)
    assert numpy.array_equal(bits.astype(int) - 128, scaled.encode(texts, precision="binary"))


def test_similarities(embedder, texts):
    vectors = embedder.encode(texts)
    table = embedder.similarity(vectors, vectors)
    assert table.shape == (4, 4) and numpy.allclose(numpy.diag(table), 1, atol=1e-5)
    assert numpy.allclose(embedder.similarity_pairwise(vectors, vectors[::-1]), numpy.diag(table[:, ::-1]), atol=1e-6)
    with pytest.raises(BertError):
        embedder.similarity(vectors, vectors[:, 1:])


@pytest.mark.parametrize("name", ["cosine", "dot", "euclidean", "manhattan"])
def test_similarity_functions(name):
    from swift_bert._embedder import _similarity

    a, b = numpy.random.default_rng(3).normal(size=(2, 5, 7)).astype(numpy.float32)
    functions = {
        "cosine": lambda x, y: x @ y / numpy.sqrt((x @ x) * (y @ y)), "dot": lambda x, y: x @ y,
        "euclidean": lambda x, y: -numpy.sqrt(((x - y) ** 2).sum()), "manhattan": lambda x, y: -abs(x - y).sum(),
    }
    expected = numpy.array([[functions[name](x, y) for y in b] for x in a])
    assert numpy.allclose(_similarity(name, a, b, pairwise=False), expected, atol=1e-5)
    assert numpy.allclose(_similarity(name, a, b, pairwise=True), numpy.diag(expected), atol=1e-5)


@pytest.mark.parametrize(
    "options", [{"convert_to_tensor": True}, {"device": "cuda"}, {"pool": {}}, {"output_value": "token_embeddings"},
                {"precision": "int8"}],
)
def test_what_is_not_here_is_refused_by_name(embedder, texts, options):
    with pytest.raises(BertError) as error:
        embedder.encode(texts, **options)
    assert error.value.key == next(iter(options)) and next(iter(options)) in str(error.value)


@pytest.mark.parametrize(
    "inputs", [b"a", bytearray(b"a"), {"text": "a"}, {"a", "b"}, frozenset("ab"), 7, 1.5, numpy.array("a"), object()]
)
def test_inputs_that_are_not_lists_of_texts_are_refused(embedder, inputs):
    for call in (embedder.encode, embedder.encode_query, embedder.encode_document):
        with pytest.raises(BertError, match="inputs is ") as error:
            call(inputs)
        assert error.value.key == "inputs"


def test_tables_are_refused(embedder):
    pyarrow = pytest.importorskip("pyarrow")

    class DataFrame:
        columns = ["text"]

        def __iter__(self):
            return iter(self.columns)

    for table in (DataFrame(), pyarrow.table({"text": ["a"]}), pyarrow.array(["a"])):
        with pytest.raises(BertError, match="inputs is a"):
            embedder.encode(table)


def test_any_iterable_of_texts(embedder, texts):
    class Text(str):
        def encode(self, *_):
            raise AssertionError("the contents of a str don't depend on its class")

    expected = embedder.encode(texts).tobytes()
    for inputs in (tuple(texts), iter(texts), (text for text in texts), numpy.array(texts), numpy.array(texts, object),
                   [Text(text) for text in texts]):
        assert embedder.encode(inputs).tobytes() == expected
    assert embedder.encode(Text(texts[0])).shape == (embedder.dimension,)


def test_the_keyword_sentences_is_the_previous_name_of_inputs(embedder, texts):
    for call in (embedder.encode, embedder.encode_query, embedder.encode_document):
        assert call(sentences=texts).tobytes() == call(texts).tobytes()
        with pytest.raises(TypeError):
            call(texts, sentences=texts)
        with pytest.raises(BertError):
            call()


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"batch_size": "32"}, {"chunk_size": -1}, {"truncate_dim": 0},
                                     {"truncate_dim": 5.0}, {"truncate_dim": 10**6}])
def test_sizes_are_checked(embedder, texts, options):
    for call in (embedder.encode, embedder.encode_query):
        with pytest.raises(BertError, match=next(iter(options)) + "|truncated"):
            call(texts, **options)
    with pytest.raises(BertError):
        embedder.encode_query(texts, prompt="", **options)


def test_settings_of_sentence_transformers_cannot_be_assigned(embedder):
    for name in ("truncate_dim", "default_prompt_name", "tokenizer", "max_seq_length", "similarity_fn_name", "prompts"):
        with pytest.raises(AttributeError):
            setattr(embedder, name, 1)
    with pytest.raises(TypeError):
        embedder.prompts["query"] = "query: "
    with pytest.raises(AttributeError, match="BERT_NUM_THREADS"):
        embedder.start_multi_process_pool()
    assert not hasattr(embedder, "nothing")


@pytest.mark.parametrize(
    ("bad", "record"), [(["a", "b \ud800"], 1), (["a", 7], 1), ([None], 0), ([["a"]], 0), ([b"a"], 0), (["a", "movie " * 2000], 1)]
)
def test_a_bad_text_is_named(embedder, bad, record):
    with pytest.raises(BertError) as error:
        embedder.encode(bad)
    assert error.value.record == record and f"text {record}" in str(error.value)
    # Also after other native calls.
    with pytest.raises(BertError) as error:
        embedder.encode(["a"] * 600 + bad)
    assert error.value.record == 600 + record and f"text {600 + record}" in str(error.value)


def test_long_texts_are_cut_if_asked_for(model):
    text = "movie " * 2000
    cut = SentenceEmbedder(model, backend="simd", auto_truncate=True)
    assert cut.encode([text]).shape[0] == 1
    error = pytest.raises(BertError, SentenceEmbedder(model).encode, text).value
    assert error.code == "tooManyTokens" and error.limit == cut.max_seq_length and error.value > error.limit
    assert "auto_truncate=True" in str(error)


@pytest.mark.parametrize(
    ("path", "options"),
    [("/no/such/folder", {}), ("zero\0byte", {}), (None, {"backend": "gpu"}), (None, {"precision": "int4"}),
     (None, {"backend": 7}), (None, {"prompt_name": "nobody's"}), (None, {"truncate_dim": -1}),
     (None, {"truncate_dim": 10**30}), (None, {"prompt": "\ud800"}), (None, {"normalize": "yes"})],
)
def test_an_embedder_that_cannot_be_opened_says_why(model, path, options):
    with pytest.raises(BertError) as error:
        SentenceEmbedder(path or model, **options)
    assert str(error.value)
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


def test_a_closed_embedder_says_so(model, texts):
    with SentenceEmbedder(model, backend="simd") as embedder:
        embedder.encode(texts)
    embedder.close()
    with pytest.raises(BertError, match="closed"):
        embedder.encode(texts)
    with pytest.raises(BertError, match="closed"):
        embedder.fingerprint
    # Also if the options of the call need another embedder.
    with pytest.raises(BertError, match="closed"):
        embedder.encode(texts, truncate_dim=3)


def test_it_pickles_as_folder_and_options(embedder, model, texts):
    data = pickle.dumps(SentenceEmbedder(model, backend="simd", prompt="query: "))
    assert len(data) < 1000
    again = pickle.loads(data)
    assert numpy.array_equal(again.encode(texts), embedder.encode(texts, prompt="query: "))


def test_the_fingerprint_is_that_of_contents_and_expected(embedder, model, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    (copy / "README.md").write_text("notes")
    os.utime(copy / "config.json", (1, 1))
    same = SentenceEmbedder(copy, backend="simd", expect=embedder.fingerprint)
    assert same.fingerprint == embedder.fingerprint
    SentenceEmbedder(copy, backend="simd", expect=embedder.facts)
    for expect in (embedder.fingerprint, embedder.facts):
        with pytest.raises(FingerprintMismatch) as error:
            SentenceEmbedder(copy, backend="simd", precision="int8", expect=expect)
        assert "precision" in str(error.value)
    config = json.loads((copy / "1_Pooling" / "config.json").read_text())
    (copy / "1_Pooling" / "config.json").write_text(json.dumps(config, indent=3))
    with pytest.raises(FingerprintMismatch) as error:
        SentenceEmbedder(copy, backend="simd", expect=embedder.facts)
    assert error.value.differences == ["the file 1_Pooling/config.json"]
    assert pickle.loads(pickle.dumps(error.value)).differences == error.value.differences


def test_shared_is_one_a_process(model):
    assert shared(model, backend="simd") is shared(model, backend="simd")
    assert shared(model, backend="simd") is not shared(model, backend="simd", normalize=False)
    shared(model, backend="simd").close()
    assert shared(model, backend="simd").encode("a").shape == (16,)


def test_threads_at_a_time_get_the_same_bytes(embedder, texts):
    expected = embedder.encode(texts * 20).tobytes()
    found = []

    def work():
        found.extend(embedder.encode(texts * 20).tobytes() for _ in range(4))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 16


def test_children_forked_while_others_compute_get_the_same_bytes(embedder, texts):
    expected = embedder.encode(texts).tobytes()
    stop = threading.Event()

    def work():
        while not stop.is_set():
            embedder.encode(texts * 10)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            child = os.fork()
            if child == 0:
                import signal

                signal.alarm(60)
                os._exit(0 if embedder.encode(texts).tobytes() == expected else 2)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize(
    ("variables", "threads"),
    [({"BERT_NUM_THREADS": "3", "OMP_NUM_THREADS": "2"}, 3), ({"OMP_NUM_THREADS": "2"}, 2), ({"OMP_NUM_THREADS": "5,2"}, 5)],
)
def test_threads_are_those_of_the_environment(model, variables, threads):
    code = f"import swift_bert; print(swift_bert.SentenceEmbedder({model!r}, backend='simd').threads)"
    assert _python(code, variables) == str(threads)


def test_threads_are_those_that_the_process_may_use(model):
    code = (
        f"import os, swift_bert; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
        f"print(swift_bert.SentenceEmbedder({model!r}, backend='simd').threads)"
    )
    assert _python(code, {}) == "1"


def _python(code, variables):
    environment = {name: value for name, value in os.environ.items() if name not in ("BERT_NUM_THREADS", "OMP_NUM_THREADS")}
    environment.setdefault("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    run = subprocess.run(
        [sys.executable, "-c", code], env={**environment, **variables}, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_progress_is_for_terminals(embedder, texts, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    from swift_bert import _embedder

    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(_embedder.time, "monotonic", lambda: next(clock))
    for stream, drawn in ((io.StringIO(), False), (Terminal(), True)):
        monkeypatch.setattr(sys, "stderr", stream)
        embedder.encode(texts * 300)
        assert ("texts" in stream.getvalue()) == drawn
    monkeypatch.setattr(sys, "stderr", Terminal())
    embedder.encode(texts * 300, show_progress_bar=False)
    assert sys.stderr.getvalue() == ""


def test_memory_does_not_grow_with_calls(embedder, texts):
    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    for _ in range(50):
        embedder.encode(texts * 50)
    before = resident()
    for _ in range(200):
        embedder.encode(texts * 50)
    assert resident() - before < 16 << 20


def test_loading_leaves_signals_as_they_were():
    code = (
        "import signal; before = {n: signal.getsignal(n) for n in signal.valid_signals()}; import swift_bert; "
        "print(before == {n: signal.getsignal(n) for n in signal.valid_signals()})"
    )
    assert _python(code, {}) == "True"


def test_two_libraries_in_one_process(model, texts, tmp_path):
    other = tmp_path / "libswift_bert.so"
    shutil.copy(swift_bert.library_path(), other)
    code = f"""
import sys, os, numpy, swift_bert
one = swift_bert.SentenceEmbedder({model!r}, backend='simd').encode({texts!r})
for name in [name for name in sys.modules if name.startswith('swift_bert')]: del sys.modules[name]
os.environ['SWIFT_BERT_LIBRARY'] = {str(other)!r}
import swift_bert as second
two = second.SentenceEmbedder({model!r}, backend='simd').encode({texts!r})
print(one.tobytes() == two.tobytes() and second.library_path() == {str(other)!r})
"""
    assert _python(code, {}) == "True"


def test_the_library_that_is_missing_is_told(tmp_path):
    code = "\ntry:\n import swift_bert\nexcept ImportError as error: print(error)"
    assert "/no/such.so" in _python(code, {"SWIFT_BERT_LIBRARY": "/no/such.so"})
    name = ctypes.util.find_library("m")
    assert "no function swift_bert_abi_version" in _python(code, {"SWIFT_BERT_LIBRARY": name})
