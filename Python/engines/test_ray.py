import os
import signal

import pytest
from conftest import MODEL, rows

pytest.importorskip("ray")


@pytest.fixture(scope="module")
def ray():
    import ray

    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "0")
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=200 << 20)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray
    ray.shutdown()


def test_same_bytes_in_any_block(ray, check, fingerprint):
    from swift_bert.ray import embed

    dataset = ray.data.from_items(rows(600)).repartition(6)
    check(embed(dataset, MODEL, batch_size=64, expect=fingerprint).take_all(), 600)


class Killer:
    """Kills the process once."""

    def __init__(self, mark):
        self.mark = mark

    def __call__(self, batch):
        try:
            os.close(os.open(self.mark, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return batch
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_actor_is_started_again(ray, check, tmp_path):
    from swift_bert.ray import Embed

    mark = str(tmp_path / "killed")

    class EmbedAndDie(Embed):
        def __call__(self, batch):
            made = super().__call__(batch)
            Killer(mark)(batch)
            return made

    dataset = ray.data.from_items(rows(600)).repartition(6)
    found = dataset.map_batches(
        EmbedAndDie, batch_format="pyarrow", batch_size=64, concurrency=1, num_cpus=1, fn_constructor_args=(MODEL,),
    )
    check(found.take_all(), 600)
    assert os.path.exists(mark)


def test_texts_that_fail_are_told_or_fail_the_job(ray):
    from swift_bert.ray import embed

    dataset = ray.data.from_items(rows(5) + [{"id": 5, "text": "movie " * 2000}])
    found = {row["id"]: row for row in embed(dataset, MODEL, on_error="emit").take_all()}
    assert found[5]["embedding"] is None and "tokens" in found[5]["error"] and found[0]["error"] is None
    with pytest.raises(Exception, match="tokens"):
        embed(dataset, MODEL).take_all()


def test_backends_that_promise_nothing_are_refused(ray):
    from swift_bert import BertError
    from swift_bert.ray import embed

    for backend in ("auto", "onednn", "openblas"):
        with pytest.raises(BertError):
            embed(ray.data.from_items(rows(2)), MODEL, backend=backend)


def test_batches_that_do_not_fit_are_refused(ray):
    import pyarrow

    from swift_bert import BertError
    from swift_bert.ray import Embed

    batch = pyarrow.table({"id": [1], "text": ["a"]})
    for options, bad in [({}, {"text": ["a"]}), ({"text": "body"}, batch), ({"output": "id"}, batch),
                         ({}, batch.append_column("text", batch["text"])), ({"on_error": "emit", "output": "error"}, batch)]:
        with pytest.raises(BertError):
            Embed(MODEL, **options)(bad)


def test_one_processor_stays_for_those_who_read():
    from swift_bert.ray import _pool

    assert _pool(1, 1) == (1, 0)
    assert _pool(2, 1) == (1, 1)
    assert _pool(64, 4) == (15, 4)
    assert _pool(4, 8) == (1, 3)
