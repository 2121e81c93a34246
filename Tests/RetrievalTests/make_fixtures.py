"""Writes Fixtures/mining.json: what mine_hard_negatives of sentence-transformers 6.2 makes of made-up embeddings.

Run with a Python that has sentence-transformers and datasets: python Tests/RetrievalTests/make_fixtures.py
"""

import contextlib
import io
import json
import random
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from sentence_transformers.util import (
    cos_sim,
    dot_score,
    euclidean_sim,
    manhattan_sim,
    mine_hard_negatives,
    pairwise_cos_sim,
    pairwise_dot_score,
    pairwise_euclidean_sim,
    pairwise_manhattan_sim,
    semantic_search,
)

FOLDER = Path(__file__).parent / "Fixtures"
SIMILARITIES = {
    "cosine": (cos_sim, pairwise_cos_sim),
    "dot": (dot_score, pairwise_dot_score),
    "euclidean": (euclidean_sim, pairwise_euclidean_sim),
    "manhattan": (manhattan_sim, pairwise_manhattan_sim),
}


class FakeEncoder:
    """Looks vectors up. A prompt turns the vector, so that it is seen whether the right one was used."""

    device = torch.device("cpu")

    def __init__(self, vectors, similarity):
        self.vectors = vectors
        self.similarity, self.similarity_pairwise = SIMILARITIES[similarity]

    def encode(self, texts, prompt=None, prompt_name=None, **kwargs):
        shift = len(prompt or "") + 2 * len(prompt_name or "")
        rows = np.array([np.roll(self.vectors[text], shift) for text in texts], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    encode_document = encode_query = encode


class FakeCrossEncoder:
    def __init__(self, vectors):
        self.vectors = vectors

    def predict(self, pairs, **kwargs):
        rows = [[self.vectors[text][::-1] for text in pair] for pair in pairs]
        rows = np.array(rows, dtype=np.float64)
        dots = (rows[:, 0] * rows[:, 1]).sum(axis=1)
        return torch.tensor(1 / (1 + np.exp(-dots)), dtype=torch.float32)


def make_data(rng):
    queries = [f"q{i}" for i in range(10)]
    documents = [f"d{i}" for i in range(14)]
    extra = [f"e{i}" for i in range(12)]
    vectors = {text: [round(rng.gauss(0, 1), 4) for _ in range(6)] for text in queries + documents + extra}
    rows = [(query, rng.choice(documents)) for query in queries]
    rows += [("q2", "d1"), ("q2", "d5"), ("q7", "d0"), rows[4]]
    # A positive lies near its query.
    for query, document in rows[:8]:
        vectors[document] = [round(a + 0.5 * b, 4) for a, b in zip(vectors[query], vectors[document])]
    rng.shuffle(rows)
    return vectors, rows, extra


def cases(rng):
    formats = ["triplet", "n-tuple", "labeled-pair", "labeled-list"]
    yield {}
    for output_format in formats:
        for output_scores in [False, True]:
            yield {"output_format": output_format, "output_scores": output_scores, "num_negatives": 2}
            yield {"output_format": output_format, "output_scores": output_scores, "num_negatives": 2, "corpus": True,
                   "range_min": 2, "relative_margin": 0.1, "max_score": 0.7}
    yield {"include_positives": True, "num_negatives": 5}
    yield {"include_positives": True, "num_negatives": 5, "output_format": "n-tuple", "output_scores": True, "corpus": True}
    yield {"range_max": 40, "num_negatives": 20, "output_format": "n-tuple"}
    yield {"range_max": 40, "num_negatives": 12, "output_format": "labeled-list", "output_scores": True}
    yield {"absolute_margin": 0.1}
    yield {"absolute_margin": 0.0, "relative_margin": 0.0, "corpus": True}
    yield {"min_score": 0.2, "max_score": 0.5, "range_max": 12, "output_format": "labeled-pair"}
    yield {"min_score": 2.0, "output_format": "labeled-list"}
    yield {"query_prompt": "ab", "corpus_prompt": "a", "output_scores": True}
    yield {"query_prompt_name": "q", "corpus_prompt_name": "doc", "output_scores": True}
    yield {"query_prompt_name": "q", "query_prompt": "abc"}
    for similarity in ["dot", "euclidean", "manhattan"]:
        yield {"similarity": similarity, "output_scores": True, "relative_margin": 0.05, "output_format": "n-tuple"}
    yield {"cross_encoder": True, "output_scores": True}
    yield {"cross_encoder": True, "output_scores": True, "relative_margin": 0.1, "corpus": True}
    yield {"cross_encoder": True, "output_scores": True, "min_score": 0.3, "output_format": "labeled-pair"}
    yield {"cross_encoder": True, "output_scores": True, "max_score": 0.9, "range_max": 100, "output_format": "labeled-list"}
    for _ in range(12):
        options = {"output_format": rng.choice(formats), "output_scores": rng.random() < 0.5,
                   "num_negatives": rng.randint(1, 4), "corpus": rng.random() < 0.5, "cross_encoder": rng.random() < 0.4}
        for name, value in [("range_min", rng.randint(0, 4)), ("range_max", rng.randint(8, 30)),
                            ("absolute_margin", round(rng.uniform(-0.1, 0.3), 3)),
                            ("relative_margin", round(rng.uniform(-0.1, 0.3), 3)),
                            ("max_score", round(rng.uniform(0.3, 0.9), 3)), ("min_score", round(rng.uniform(-0.5, 0.4), 3))]:
            if rng.random() < 0.5:
                options[name] = value
        yield options


def run(options, vectors, rows, extra):
    arguments = dict(options)
    similarity = arguments.pop("similarity", "cosine")
    arguments["corpus"] = extra if arguments.pop("corpus", False) else None
    arguments["cross_encoder"] = FakeCrossEncoder(vectors) if arguments.pop("cross_encoder", False) else None
    dataset = Dataset.from_dict({"query": [row[0] for row in rows], "answer": [row[1] for row in rows]})
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        mined = mine_hard_negatives(dataset, FakeEncoder(vectors, similarity), **arguments)
    numbers = {}
    for line in printed.getvalue().splitlines():
        words = line.replace(",", "").split()
        if words and words[0] in ["Count", "Mean", "Median", "Std", "Min", "25%", "50%", "75%", "Max"]:
            numbers[words[0]] = [None if "nan" in word or "inf" in word else float(word) for word in words[1:]]
        if words[:3] == ["Could", "not", "find"]:
            numbers["missing"] = [float(words[6])]
    return {"options": options, "columns": mined.column_names, "rows": [[row[name] for name in mined.column_names] for row in mined],
            "statistics": numbers}


def main():
    rng = random.Random(3)
    vectors, rows, extra = make_data(rng)
    FOLDER.mkdir(exist_ok=True)
    results = [run(options, vectors, rows, extra) for options in cases(rng)]
    queries = torch.tensor([vectors[f"q{i}"] for i in range(10)])
    corpus = torch.tensor([vectors[text] for text in extra])
    search = {
        name: semantic_search(queries, corpus, top_k=4, score_function=functions[0]) for name, functions in SIMILARITIES.items()
    }
    content = {"vectors": vectors, "rows": rows, "extra": extra, "cases": results,
               "search": {name: [[[hit["corpus_id"], hit["score"]] for hit in hits] for hits in found] for name, found in search.items()}}
    (FOLDER / "mining.json").write_text(json.dumps(content) + "\n")


main()
