"""Writes Fixtures/*.json: what mining, search and quantization of sentence-transformers 6.2 make of made-up embeddings.

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
    community_detection,
    cos_sim,
    dot_score,
    euclidean_sim,
    manhattan_sim,
    mine_hard_negatives,
    pairwise_cos_sim,
    pairwise_dot_score,
    pairwise_euclidean_sim,
    pairwise_manhattan_sim,
    paraphrase_mining_embeddings,
    quantize_embeddings,
    semantic_search,
)
from sentence_transformers.util.quantization import _dequantize_embeddings

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


def quantization_cases(rng):
    """Codes of every precision, with ranges of the embeddings, given ones, and those of other embeddings."""
    cases = []
    for _ in range(24):
        precision = rng.choice(["int8", "uint8", "binary", "ubinary"])
        dimension = rng.choice([3, 8, 13])
        rows = rng.choice([2, 7])
        numbers = lambda count: [[float(np.float32(rng.gauss(0, 1))) for _ in range(dimension)] for _ in range(count)]
        case = {"precision": precision, "embeddings": numbers(rows)}
        if rng.random() < 0.3:
            for row in case["embeddings"]:
                row[0] = 0.5
        if precision.endswith("int8") and rng.random() < 0.4:
            case["ranges"] = [[-1.0] * dimension, [1.5] * dimension]
        elif precision.endswith("int8") and rng.random() < 0.5:
            case["calibration"] = numbers(5)
        array = lambda name: np.array(case[name], dtype=np.float32) if name in case else None
        codes = quantize_embeddings(array("embeddings"), precision, ranges=array("ranges"), calibration_embeddings=array("calibration"))
        case["codes"] = codes.tolist()
        if precision.endswith("int8"):
            ranges = array("ranges")
            if ranges is None:
                source = array("calibration") if "calibration" in case else array("embeddings")
                ranges = np.vstack([source.min(axis=0), source.max(axis=0)])
            case["dequantized"] = _dequantize_embeddings(codes, precision, ranges).tolist()
        cases.append(case)
    return cases


def quantized_search_cases(rng):
    """Rescored search: dot products of queries with dequantized rows, as the reference computes them for its candidates."""
    generator = np.random.default_rng(5)
    corpus = generator.standard_normal((40, 24)).astype(np.float32)
    queries = generator.standard_normal((6, 24)).astype(np.float32)
    cases = []
    for precision in ["int8", "uint8", "binary", "ubinary"]:
        for multiplier in [1, 2, 20]:
            codes = quantize_embeddings(corpus, precision)
            hits = []
            for query in queries:
                if precision.endswith("int8"):
                    rows = _dequantize_embeddings(codes, precision, np.vstack([corpus.min(axis=0), corpus.max(axis=0)]))
                    candidates = np.arange(40)
                else:
                    bits = np.packbits(query > 0)
                    packed = np.packbits(corpus > 0, axis=1)
                    distances = np.unpackbits(packed ^ bits, axis=1).sum(axis=1)
                    candidates = np.argsort(distances, kind="stable")[: 4 * multiplier]
                    rows = np.unpackbits(packed, axis=1).astype(np.float32)
                scores = rows[candidates] @ query
                order = np.argsort(-scores, kind="stable")[:4]
                hits.append([[int(candidates[place]), float(scores[place])] for place in order])
            cases.append({"precision": precision, "multiplier": multiplier, "hits": hits})
    return {"corpus": corpus.tolist(), "queries": queries.tolist(), "cases": cases}


def paraphrase_cases(rng):
    generator = np.random.default_rng(6)
    embeddings = generator.standard_normal((30, 5)).astype(np.float32)
    cases = []
    for name, (function, _) in SIMILARITIES.items():
        for options in [{}, {"top_k": 2}, {"max_pairs": 9}, {"top_k": 3, "max_pairs": 12, "query_chunk_size": 7, "corpus_chunk_size": 11}]:
            pairs = paraphrase_mining_embeddings(torch.tensor(embeddings), score_function=function, **options)
            cases.append({"function": name, "options": options, "pairs": pairs})
    return {"embeddings": embeddings.tolist(), "cases": cases}


def community_cases(rng):
    generator = np.random.default_rng(8)
    centres = generator.standard_normal((5, 6))
    rows = np.concatenate([centre + generator.standard_normal((count, 6)) * 0.25 for centre, count in zip(centres, [12, 9, 6, 4, 2])])
    rows = rows[generator.permutation(len(rows))].astype(np.float32)
    cases = []
    for threshold, size, batch in [(0.75, 10, 1024), (0.75, 3, 1024), (0.9, 2, 7), (0.5, 4, 5), (0.95, 1, 1024), (0.8, 40, 3)]:
        found = community_detection(torch.tensor(rows), threshold=threshold, min_community_size=size, batch_size=batch)
        cases.append({"threshold": threshold, "size": size, "batch": batch, "communities": [[int(row) for row in group] for group in found]})
    return {"embeddings": rows.tolist(), "cases": cases}


def write(name, content):
    (FOLDER / f"{name}.json").write_text(json.dumps(content) + "\n")


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
    write("mining", content)
    rng = random.Random(4)
    for name, make in [("quantization", quantization_cases), ("quantized_search", quantized_search_cases),
                       ("paraphrases", paraphrase_cases), ("communities", community_cases)]:
        write(name, make(rng))


main()
