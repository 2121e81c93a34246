"""Writes Fixtures/*.json: what the evaluators of sentence-transformers 6.2 return for made-up scores.

Run with a Python that has sentence-transformers installed: python Tests/EvaluatorsTests/make_fixtures.py
"""

import json
import math
import random
import tempfile
import warnings
from pathlib import Path

import numpy as np
import sentence_transformers.cross_encoder.evaluation.reranking as reranking
from sentence_transformers.base.evaluation import SequentialEvaluator
from sentence_transformers.cross_encoder.evaluation import (
    CrossEncoderClassificationEvaluator,
    CrossEncoderCorrelationEvaluator,
    CrossEncoderRerankingEvaluator,
)

warnings.filterwarnings("ignore")
FOLDER = Path(__file__).parent / "Fixtures"


class StableSort:
    """numpy with a stable argsort: the default one leaves the order of equal scores, and so MRR, undefined."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def argsort(values):
        return np.argsort(values, kind="stable")


reranking.np = StableSort()


class Card:
    def set_evaluation_metrics(self, *args):
        pass


class FakeModel:
    model_card_data = Card()

    def __init__(self, scores, num_labels=1):
        self.scores = np.array(scores, dtype=np.float32)
        self.num_labels = num_labels

    def predict(self, pairs, **kwargs):
        assert len(pairs) == len(self.scores), (len(pairs), len(self.scores))
        return self.scores


def run(evaluator, model):
    """Metrics, primary key and CSV text (two runs into one file)."""
    with tempfile.TemporaryDirectory() as folder:
        metrics = evaluator(model, folder)
        evaluator(model, folder, 0.5, 120)
        [path] = Path(folder).iterdir()
        return {
            "keys": list(metrics),
            "values": [None if math.isnan(value) else value for value in metrics.values()],
            "primary": evaluator.primary_metric,
            "csvName": path.name,
            "csv": path.read_bytes().decode(),
        }


def some_scores(rng, count):
    """Scores with many ties, with some, or with next to none; sometimes all the same."""
    kind = rng.choice(["ties", "some", "none", "none", "same", "close"])
    if kind == "ties":
        values = [rng.randrange(4) / 3 for _ in range(count)]
    elif kind == "some":
        values = [round(rng.gauss(0, 1), 1) for _ in range(count)]
    elif kind == "none":
        values = [rng.gauss(0, 3) for _ in range(count)]
    elif kind == "same":
        values = [0.25] * count
    else:
        start = np.float32(0.7)
        values = [float(start)]
        for _ in range(count - 1):
            start = np.nextafter(start, np.float32(1)) if rng.random() < 0.7 else start
            values.append(float(start))
        rng.shuffle(values)
    return [float(np.float32(value)) for value in values]


def reranking_case(rng):
    samples, scores = [], []
    always = rng.random() < 0.5
    style = rng.choice(["negative", "documents", "mixed"])
    for query in range(rng.randint(1, 5)):
        positive = [f"p{i}" for i in range(rng.choice([0, 1, 1, 1, 2, 4]))]
        sample = {"query": f"q{query}", "positive": positive}
        with_documents = style == "documents" or style == "mixed" and rng.random() < 0.5
        others = [f"d{i}" for i in range(rng.choice([0, 1, 2, 8, 25]))]
        if with_documents:
            found = [text for text in positive if rng.random() < 0.7]
            documents = others + found
            if rng.random() < 0.2 and documents:
                documents.append(documents[0])
            if len(documents) < 2:
                documents += ["e0", "e1"]
            rng.shuffle(documents)
            sample["documents"] = documents
            docs = documents if not always else positive + [text for text in documents if text not in positive]
            relevant = any(text in positive for text in docs)
        else:
            if len(positive) + len(others) < 2:
                others += ["e0", "e1"]
            sample["negative"] = others
            docs = positive + others
            relevant = bool(positive)
        samples.append(sample)
        if relevant:
            if len(docs) < 2:
                return reranking_case(rng)
            scores += some_scores(rng, len(docs))
    if not scores:
        return reranking_case(rng)
    at_k = rng.choice([1, 3, 10, 10, 40])
    name = rng.choice(["", "dev"])
    evaluator = CrossEncoderRerankingEvaluator(samples, at_k=at_k, always_rerank_positives=always, name=name)
    case = {"samples": samples, "scores": scores, "atK": at_k, "alwaysRerankPositives": always, "name": name}
    return case | run(evaluator, FakeModel(scores))


def binary_case(rng):
    count = rng.choice([1, 2, 5, 20, 60])
    share = rng.choice([0, 1, 0.5, 0.2])
    labels = [int(rng.random() < share) for _ in range(count)]
    scores = some_scores(rng, count)
    name = rng.choice(["", "dev"])
    evaluator = CrossEncoderClassificationEvaluator([["a", "b"]] * count, labels, name=name)
    return {"labels": labels, "scores": scores, "numLabels": 1, "name": name} | run(evaluator, FakeModel(scores))


def class_case(rng):
    count = rng.choice([1, 5, 40])
    classes = rng.choice([2, 3, 6])
    labels = [rng.randrange(rng.randint(1, classes)) for _ in range(count)]
    scores = [some_scores(rng, classes) for _ in range(count)]
    evaluator = CrossEncoderClassificationEvaluator([["a", "b"]] * count, labels, name="nli")
    case = {"labels": labels, "scores": sum(scores, []), "numLabels": classes, "name": "nli"}
    return case | run(evaluator, FakeModel(scores, classes))


def correlation_case(rng):
    count = rng.choice([2, 3, 10, 50])
    gold = some_scores(rng, count)
    while len(set(gold)) == 1:
        gold = some_scores(rng, count)
    scores = some_scores(rng, count)
    if rng.random() < 0.5:
        scores = [float(np.float32(a * 2 + b)) for a, b in zip(gold, scores)]
    evaluator = CrossEncoderCorrelationEvaluator([["a", "b"]] * count, gold, name="sts")
    return {"gold": gold, "scores": scores, "name": "sts"} | run(evaluator, FakeModel(scores))


def sequential_case():
    scores = [0.9, 0.1, 0.4]
    first = CrossEncoderCorrelationEvaluator([["a", "b"]] * 3, [1.0, 0.2, 0.1], name="sts", write_csv=False)
    second = CrossEncoderClassificationEvaluator([["a", "b"]] * 3, [1, 0, 1], name="cls", write_csv=False)
    cases = []
    for function, evaluator in [
        ("last", SequentialEvaluator([first, second])),
        ("mean", SequentialEvaluator([first, second], main_score_function=lambda values: sum(values) / len(values))),
    ]:
        metrics = evaluator(FakeModel(scores))
        cases.append({"function": function, "keys": list(metrics), "values": list(metrics.values()),
                      "primary": evaluator.primary_metric})
    return cases


def main():
    rng = random.Random(7)
    FOLDER.mkdir(exist_ok=True)
    for name, cases in {
        "reranking": [reranking_case(rng) for _ in range(60)],
        "classification": [binary_case(rng) for _ in range(60)] + [class_case(rng) for _ in range(25)],
        "correlation": [correlation_case(rng) for _ in range(40)],
        "sequential": sequential_case(),
    }.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(cases) + "\n")


main()
