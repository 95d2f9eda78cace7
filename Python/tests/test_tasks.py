
import numpy
import pytest

from conftest import FIXTURES
from swift_bert import BertError, Classifier, Reranker, TokenClassifier


def path(name):
    return str(FIXTURES / name)


def test_labels_and_layers(texts):
    classifier = Classifier(path("models/deebert"), backend="simd")
    answers = classifier.predict(texts)
    assert all({"label", "score", "exit_layer"} <= set(answer) for answer in answers)
    assert answers[0] == classifier(texts[0])
    assert classifier.predict(texts[0], exit_layer=1)["exit_layer"] == 1
    best = classifier.predict(texts, top_k=2)
    assert [len(labels) for labels in best] == [2] * 4
    assert best[0][0]["label"] == answers[0]["label"]
    with pytest.raises(BertError):
        classifier.predict(texts, exit_layer=99)
    with pytest.raises(BertError):
        classifier.predict(["a", ("b", "c")])


def test_pairs_are_read_together(texts):
    classifier = Classifier(path("models/bert-seqcls-single"), backend="simd")
    pair = (texts[0], texts[2])
    assert classifier.predict(pair) == classifier.predict([pair, pair])[1] != classifier.predict(texts[0])


def test_ranks(texts):
    reranker = Reranker(path("models/bert-seqcls-regression"), backend="simd")
    ranks = reranker.rank("is it good?", texts, return_documents=True)
    assert sorted(rank["corpus_id"] for rank in ranks) == [0, 1, 2, 3]
    assert [rank["score"] for rank in ranks] == sorted((rank["score"] for rank in ranks), reverse=True)
    assert all(rank["text"] == texts[rank["corpus_id"]] for rank in ranks)
    assert reranker.rank("is it good?", texts, top_k=1)[0]["corpus_id"] == ranks[0]["corpus_id"]
    scores = reranker.predict([("is it good?", text) for text in texts])
    assert numpy.allclose(sorted(scores, reverse=True), [rank["score"] for rank in ranks])
    many = reranker.rank("is it good?", texts * 100, raw_scores=True)
    assert len(many) == 400 and [rank["corpus_id"] for rank in many[:100]] == sorted(r["corpus_id"] for r in many[:100])
    with pytest.raises(BertError):
        Reranker(path("models/bert-seqcls-single"))


def test_scores_of_pairs(texts):
    reranker = Reranker(path("models/bert-seqcls-regression"), backend="simd")
    pairs = [("is it good?", texts[0]), ("is it slow?", texts[2]), ("is it good?", texts[3])]
    scores = reranker.predict(pairs)
    assert scores.shape == (3,) and scores.dtype == numpy.float32
    # A pair is a tuple or a list, and has a single score.
    assert reranker.predict([list(pair) for pair in pairs]).tobytes() == scores.tobytes()
    assert reranker.predict(iter(pairs), batch_size=1).tobytes() == scores.tobytes()
    assert reranker.predict(pairs[1]) == reranker.predict(list(pairs[1])) == reranker.predict(sentences=pairs)[1]
    assert reranker.predict(pairs[1]).shape == ()
    assert reranker.predict([]).shape == (0,)
    assert reranker.rank("is it good?", (text for text in texts), return_documents=True)[0]["text"] in texts
    for bad, record in [(["ab", "cd", "ef"], 0), (pairs + [("a",)], 3), (pairs + [("a", 7)], 3), (pairs + ["ab"], 3),
                        (pairs + [("is it good?", "movie " * 2000)], 3)]:
        with pytest.raises(BertError, match=f"text {record}") as error:
            reranker.predict(bad)
        assert error.value.record == record
    for options in ({"activation_fn": abs}, {"apply_softmax": True}, {"device": "cpu"}, {"pool": {}}):
        with pytest.raises(BertError, match=next(iter(options))):
            reranker.predict(pairs, **options)
    with pytest.raises(BertError, match="documents is a single text"):
        reranker.rank("q", "a text")
    with pytest.raises(BertError, match="query"):
        reranker.rank(7, texts)
    with pytest.raises(TypeError):
        reranker.predict(pairs, 32)


def test_inputs_of_pipelines_that_are_not_texts_are_refused(texts):
    classifier = Classifier(path("models/bert-seqcls-single"), backend="simd")
    for bad, record in [([texts[0], (texts[0], texts[1])], 1), ([(texts[0], 7)], 0), ([("a", "b", "c")], 0), ([["a", "b"]], 0),
                        ([texts[0], None], 1), ([("a", "b"), ("a", None)], 1)]:
        with pytest.raises(BertError, match=f"text {record}") as error:
            classifier.predict(bad)
        assert error.value.record == record
    for bad in ({"text": "a", "text_pair": "b"}, {"a"}, b"a", None):
        with pytest.raises(BertError, match="inputs is"):
            classifier.predict(bad)


def test_entities(texts):
    classifier = TokenClassifier(path("pipelines/bert-ner"), backend="simd")
    answers = classifier.predict(texts, ignore_labels=[])
    assert answers[1] == [] and {"entity_group", "score", "word", "start", "end"} <= set(answers[0][0])
    assert "entity" in classifier(texts[0], aggregation_strategy="none", ignore_labels=[])[0]
    with pytest.raises(BertError):
        classifier(texts, aggregation_strategy="most")
    with pytest.raises(BertError, match="ignore_labels is a single text"):
        classifier(texts, ignore_labels="MISC")
