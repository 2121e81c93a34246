"""Writes Fixtures/*.json: what the evaluators of sentence-transformers 6.2 return for made-up scores and embeddings.

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
import sentence_transformers.sentence_transformer.evaluation.reranking as embedding_reranking
import torch
from sentence_transformers.base.evaluation import SequentialEvaluator
from sentence_transformers.cross_encoder.evaluation import (
    CrossEncoderClassificationEvaluator,
    CrossEncoderCorrelationEvaluator,
    CrossEncoderRerankingEvaluator,
)
from sentence_transformers.sentence_transformer.evaluation import (
    BinaryClassificationEvaluator,
    EmbeddingSimilarityEvaluator,
    InformationRetrievalEvaluator,
    LabelAccuracyEvaluator,
    MSEEvaluator,
    ParaphraseMiningEvaluator,
    RerankingEvaluator,
    TranslationEvaluator,
    TripletEvaluator,
)
from sentence_transformers.sentence_transformer.losses import SoftmaxLoss
from sentence_transformers.sentence_transformer.readers import InputExample
from sentence_transformers.sparse_encoder import SparseEncoder
from sentence_transformers.sparse_encoder.evaluation import (
    ReciprocalRankFusionEvaluator,
    SparseBinaryClassificationEvaluator,
    SparseEmbeddingSimilarityEvaluator,
    SparseInformationRetrievalEvaluator,
    SparseMSEEvaluator,
    SparseRerankingEvaluator,
    SparseTranslationEvaluator,
    SparseTripletEvaluator,
)
from sentence_transformers.util import cos_sim, dot_score, euclidean_sim, manhattan_sim, quantize_embeddings
from sentence_transformers.util.similarity import SimilarityFunction

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


class StableTorch:
    """The same for torch."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def argsort(values):
        return torch.argsort(values, stable=True)


embedding_reranking.torch = StableTorch()


class Card:
    def set_evaluation_metrics(self, *args, **kwargs):
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
        [path] = Path(folder).glob("*.csv")
        predictions = {file.name: [json.loads(line) for line in file.read_text().splitlines()] for file in Path(folder).glob("*.jsonl")}
        return ({"predictions": predictions} if predictions else {}) | {
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


class TableModel:
    """Looks embeddings up. The role and the prompt turn a vector, so that it is seen whether the right ones were used.
    Normalized vectors are kept beside the plain ones, so that rounding is the same wherever they are read."""

    model_card_data = Card()

    def __init__(self, table, similarity):
        self.table = table
        self.similarity_fn_name = similarity

    @property
    def similarity(self):
        return SimilarityFunction.to_similarity_fn(self.similarity_fn_name)

    def encode(self, texts, prompt=None, prompt_name=None, normalize_embeddings=False, precision=None, truncate_dim=None,
               convert_to_tensor=False, convert_to_numpy=True, shift=0, **kwargs):
        shift += len(prompt or "") + 2 * len(prompt_name or "")
        vectors = self.table["unit" if normalize_embeddings else "plain"]
        rows = np.array([np.roll(vectors[text], shift) for text in texts], dtype=np.float32)[:, :truncate_dim]
        if precision and precision != "float32":
            rows = quantize_embeddings(rows, precision=precision)
        if convert_to_tensor:
            return torch.tensor(rows)
        return rows if convert_to_numpy else [torch.tensor(row) for row in rows]

    def encode_query(self, texts, **kwargs):
        return self.encode(texts, shift=1, **kwargs)

    def encode_document(self, texts, **kwargs):
        return self.encode(texts, shift=2, **kwargs)


def make_table(rng):
    """Texts with vectors. Every third has a single element that is not 0, so that many are equal and their scores are
    products without rounding: which of two equal scores comes out greater is no question of the order of additions."""
    plain = {}
    for number in range(48):
        if number % 3 == 0:
            plain[f"t{number}"] = [0.0] * 6
            plain[f"t{number}"][rng.randrange(6)] = rng.choice([-1.0, 1.0, 1.0, 2.0])
        else:
            plain[f"t{number}"] = [round(rng.gauss(0, 1), 3) for _ in range(6)]
    unit = {}
    for text, vector in plain.items():
        vector = np.array(vector, dtype=np.float32)
        unit[text] = [float(value) for value in vector / np.linalg.norm(vector)]
    return {"plain": plain, "unit": unit}


FUNCTIONS = {"cosine": cos_sim, "dot": dot_score, "euclidean": euclidean_sim, "manhattan": manhattan_sim}


def some_functions(rng):
    names = list(FUNCTIONS)
    rng.shuffle(names)
    return names[: rng.choice([0, 1, 2, 4])]


def texts(rng, count):
    return [f"t{rng.randrange(48)}" for _ in range(count)]


def pairs(rng, count):
    """Two columns of texts, different in each row: whether the cosine of a vector with itself is 1 is a question of rounding."""
    first, second = texts(rng, count), texts(rng, count)
    second = [b if a != b else f"t{(int(b[1:]) + 1) % 48}" for a, b in zip(first, second)]
    return {"sentences1": first, "sentences2": second}


def shared_options(rng):
    return {"name": rng.choice(["", "dev"]), "truncate_dim": rng.choice([None, None, 3])}


def case(table, similarity, options, evaluator):
    return {"similarity": similarity, "options": options} | run(evaluator, TableModel(table, similarity))


def retrieval_case(rng, table):
    names = some_functions(rng)
    options = shared_options(rng) | {
        "queries": {f"q{number}": text for number, text in enumerate(texts(rng, rng.randint(1, 6)))},
        "corpus": {f"d{number}": text for number, text in enumerate(texts(rng, rng.choice([1, 5, 12, 25])))},
        "corpus_chunk_size": rng.choice([1, 3, 7, 50]),
        "mrr_at_k": rng.choice([[10], [1, 5]]), "ndcg_at_k": rng.choice([[10], [3, 10, 5]]),
        "accuracy_at_k": rng.choice([[1, 3, 5, 10], [2]]), "precision_recall_at_k": rng.choice([[1, 3, 5, 10], [4]]),
        "map_at_k": rng.choice([[100], [2, 20]]), "write_predictions": rng.random() < 0.3,
    }
    options["corpus"] = dict(rng.sample(list(options["corpus"].items()), len(options["corpus"])))
    ids = list(options["corpus"]) + ["absent"]
    options["relevant_docs"] = {query: sorted(rng.sample(ids, min(len(ids), rng.choice([0, 1, 1, 2, 6])))) for query in options["queries"]}
    if not any(options["relevant_docs"].values()):
        return retrieval_case(rng, table)
    for side in ["query", "corpus"]:
        if rng.random() < 0.3:
            options[side + "_prompt"] = "abc"
        elif rng.random() < 0.3:
            options[side + "_prompt_name"] = "ab"
    if names and rng.random() < 0.5:
        options["main_score_function"] = rng.choice(names)
    arguments = dict(options, relevant_docs={query: set(documents) for query, documents in options["relevant_docs"].items()})
    if names:
        arguments["score_functions"] = {name: FUNCTIONS[name] for name in names}
    evaluator = InformationRetrievalEvaluator(**arguments)
    return case(table, rng.choice(list(FUNCTIONS)), options | {"score_functions": names}, evaluator)


def pair_options(rng, count, main):
    options = shared_options(rng) | {"similarity_fn_names": some_functions(rng)}
    if main and rng.random() < 0.5:
        options[main] = rng.choice(options["similarity_fn_names"] or list(FUNCTIONS))
    return options


def similarity_case(rng, table):
    count = rng.choice([2, 5, 40])
    options = pair_options(rng, count, "main_similarity")
    precision = rng.choice([None, None, "float32", "int8", "uint8", "binary", "ubinary"])
    if precision:
        options |= {"precision": precision, "truncate_dim": None}
    if precision in ["binary", "ubinary"]:
        # Cosines of bits are often equal but for rounding, which decides their ranks.
        options |= {"similarity_fn_names": ["dot", "manhattan"]}
        options.pop("main_similarity", None)
    options |= pairs(rng, count) | {"scores": [rng.randrange(9) / 8 for _ in range(count)]}
    if len(set(options["scores"])) == 1:
        return similarity_case(rng, table)
    return case(table, rng.choice(list(FUNCTIONS)), options, EmbeddingSimilarityEvaluator(**options))


def binary_pair_case(rng, table):
    count = rng.choice([1, 5, 40])
    share = rng.choice([0, 1, 0.5, 0.2])
    options = pair_options(rng, count, None)
    options |= pairs(rng, count) | {"labels": [int(rng.random() < share) for _ in range(count)]}
    return case(table, rng.choice(list(FUNCTIONS)), options, BinaryClassificationEvaluator(**options))


def triplet_case(rng, table):
    count = rng.choice([1, 7, 30])
    options = pair_options(rng, count, "main_similarity_function")
    options |= {"anchors": texts(rng, count), "positives": texts(rng, count), "negatives": texts(rng, count)}
    margin = rng.choice([None, 0.25, {"cosine": 0.1, "euclidean": 0.5}])
    given = options | ({"margin": margin} if margin else {})
    margins = margin if isinstance(margin, dict) else {name: margin or 0 for name in FUNCTIONS}
    return case(table, rng.choice(list(FUNCTIONS)), options | {"margins": margins}, TripletEvaluator(**given))


def rerank_case(rng, table):
    samples = [{"query": texts(rng, 1)[0], "positive": texts(rng, rng.choice([0, 1, 1, 3])), "negative": texts(rng, rng.choice([0, 1, 8, 20]))}
               for _ in range(rng.randint(1, 5))]
    if not any(sample["positive"] and sample["negative"] for sample in samples):
        return rerank_case(rng, table)
    function = rng.choice(list(FUNCTIONS))
    options = shared_options(rng) | {"samples": samples, "at_k": rng.choice([1, 3, 10]), "use_batched_encoding": rng.random() < 0.5}
    evaluator = RerankingEvaluator(**options, similarity_fct=FUNCTIONS[function])
    return case(table, "cosine", options | {"similarity_fct": function}, evaluator)


def paraphrase_case(rng, table):
    # Texts with different vectors: of equal ones, the reference finds whichever it happens to meet.
    pool = [text for number, text in enumerate(table["plain"]) if number % 3]
    count = rng.choice([2, 6, len(pool)])
    sentences = {f"s{number}": text for number, text in enumerate(rng.sample(pool, count))}
    ids = list(sentences) + ["absent"]
    duplicates = [rng.sample(ids, 2) for _ in range(rng.choice([0, 2, 10]))]
    options = shared_options(rng) | {"sentences_map": sentences, "duplicates_list": duplicates,
                                     "add_transitive_closure": rng.random() < 0.5, "max_pairs": rng.choice([5, 100, 500000]),
                                     "top_k": rng.choice([1, 3, 100]), "query_chunk_size": rng.choice([4, 5000]), "corpus_chunk_size": rng.choice([5, 100000])}
    return case(table, "cosine", options, ParaphraseMiningEvaluator(**options))


def translation_case(rng, table):
    count = rng.choice([1, 6, 30])
    options = shared_options(rng) | {"source_sentences": texts(rng, count), "target_sentences": texts(rng, count)}
    if rng.random() < 0.7:
        options["target_sentences"] = [source if rng.random() < 0.6 else target for source, target in
                                       zip(options["source_sentences"], options["target_sentences"])]
    return case(table, "cosine", options, TranslationEvaluator(**options))


def mse_case(rng, table):
    count = rng.choice([1, 6, 30])
    options = shared_options(rng) | {"source_sentences": texts(rng, count), "target_sentences": texts(rng, count)}
    return case(table, "cosine", options, MSEEvaluator(**options, teacher_model=TableModel(table, "cosine")))


class FeatureTable(torch.nn.Module):
    """A model whose features are texts, for evaluators that call it through a loss."""

    model_card_data = Card()
    device = torch.device("cpu")

    def __init__(self, table):
        super().__init__()
        self.table = table

    def smart_batching_collate(self, batch):
        columns = zip(*[example.texts for example in batch])
        return [{"texts": list(column)} for column in columns], torch.tensor([example.label for example in batch])

    def forward(self, features):
        return {"sentence_embedding": torch.tensor([self.table["plain"][text] for text in features["texts"]])}


def label_accuracy_case(rng, table):
    count, classes = rng.choice([1, 7, 40]), rng.choice([2, 3, 5])
    parts = rng.choice([(True, True, False), (True, True, True), (False, True, False), (True, False, False)])
    names = ["concatenation_sent_rep", "concatenation_sent_difference", "concatenation_sent_multiplication"]
    width = 6 * (2 * parts[0] + parts[1] + parts[2])
    options = pairs(rng, count) | {"name": rng.choice(["", "dev"]), "labels": [rng.randrange(classes) for _ in range(count)],
                                   "num_labels": classes, "batch_size": rng.choice([3, 32])}
    options |= {name: part for name, part in zip(names, parts)}
    options |= {"weight": [round(rng.gauss(0, 1), 3) for _ in range(classes * width)], "bias": [round(rng.gauss(0, 1), 3) for _ in range(classes)]}
    model = FeatureTable(table)
    loss = SoftmaxLoss(model, embedding_dimension=6, num_labels=classes, **{name: options[name] for name in names})
    with torch.no_grad():
        loss.classifier.weight.copy_(torch.tensor(options["weight"]).reshape(classes, width))
        loss.classifier.bias.copy_(torch.tensor(options["bias"]))
    rows = [InputExample(texts=[a, b], label=label) for a, b, label in zip(options["sentences1"], options["sentences2"], options["labels"])]
    loader = torch.utils.data.DataLoader(rows, batch_size=options["batch_size"])
    return {"similarity": "cosine", "options": options} | run(LabelAccuracyEvaluator(loader, options["name"], softmax_model=loss), model)


class SparseTableModel(TableModel):
    """The same with sparse embeddings, of which `max_active_dims` elements of greatest magnitude stay."""

    sparsity = staticmethod(SparseEncoder.sparsity)

    def encode(self, texts, prompt=None, prompt_name=None, max_active_dims=None, convert_to_sparse_tensor=True, convert_to_tensor=True,
               shift=0, **kwargs):
        shift += len(prompt or "") + 2 * len(prompt_name or "")
        rows = np.array([np.roll(self.table["plain"][text], shift) for text in texts], dtype=np.float32)
        if max_active_dims:
            for row in rows:
                row[np.argsort(-np.abs(row), kind="stable")[max_active_dims:]] = 0
        rows = torch.tensor(rows)
        if convert_to_sparse_tensor:
            rows = rows.to_sparse()
        return rows if convert_to_tensor else [row for row in rows]


def make_sparse_table(rng):
    """Texts with vectors of quarters, mostly zeros, so that scalar products have no rounding; all differ by their first element."""
    plain = {}
    for number in range(48):
        vector = [0.0] * 16
        vector[0] = number / 32 if number % 5 else 0.0
        for _ in range(rng.choice([1, 2, 3, 5])):
            vector[rng.randrange(1, 16)] = rng.randrange(1, 12) / 4
        plain[f"t{number}"] = vector
    return {"plain": plain, "unit": {}}


def sparse_options(rng):
    return {"name": rng.choice(["", "dev"]), "max_active_dims": rng.choice([None, None, 3])}


def sparse_case(table, similarity, options, evaluator):
    return {"similarity": similarity, "options": options} | run(evaluator, SparseTableModel(table, similarity))


def sparse_retrieval_case(rng, table):
    names = rng.choice([[], ["dot"], ["dot", "cosine"]])
    options = sparse_options(rng) | {
        "queries": {f"q{number}": text for number, text in enumerate(texts(rng, rng.randint(1, 6)))},
        "corpus": {f"d{number}": text for number, text in enumerate(texts(rng, rng.choice([1, 5, 25])))},
        "corpus_chunk_size": rng.choice([1, 3, 50]), "mrr_at_k": [10], "ndcg_at_k": [3, 10], "accuracy_at_k": [1, 3],
        "precision_recall_at_k": [4], "map_at_k": [20], "write_predictions": False,
    }
    ids = list(options["corpus"]) + ["absent"]
    options["relevant_docs"] = {query: sorted(rng.sample(ids, min(len(ids), rng.choice([0, 1, 2])))) for query in options["queries"]}
    if not any(options["relevant_docs"].values()):
        return sparse_retrieval_case(rng, table)
    arguments = dict(options, relevant_docs={query: set(documents) for query, documents in options["relevant_docs"].items()})
    if names:
        arguments["score_functions"] = {name: FUNCTIONS[name] for name in names}
    evaluator = SparseInformationRetrievalEvaluator(**arguments)
    return sparse_case(table, rng.choice(["dot", "cosine"]), options | {"score_functions": names}, evaluator)


def sparse_pairs(rng, count, main=None):
    options = sparse_options(rng) | pairs(rng, count) | {"similarity_fn_names": some_functions(rng)}
    if main and rng.random() < 0.5:
        options[main] = rng.choice(options["similarity_fn_names"] or list(FUNCTIONS))
    return options


def sparse_similarity_case(rng, table):
    options = sparse_pairs(rng, rng.choice([3, 20]), "main_similarity")
    options["scores"] = [row / 8 for row in range(len(options["sentences1"]))]
    return sparse_case(table, rng.choice(list(FUNCTIONS)), options, SparseEmbeddingSimilarityEvaluator(**options))


def sparse_binary_case(rng, table):
    options = sparse_pairs(rng, rng.choice([1, 20]))
    options["labels"] = [int(rng.random() < 0.5) for _ in options["sentences1"]]
    return sparse_case(table, rng.choice(list(FUNCTIONS)), options, SparseBinaryClassificationEvaluator(**options))


def sparse_triplet_case(rng, table):
    count = rng.choice([1, 20])
    options = sparse_options(rng) | {"anchors": texts(rng, count), "positives": texts(rng, count), "negatives": texts(rng, count)}
    options["similarity_fn_names"] = some_functions(rng)
    evaluator = SparseTripletEvaluator(**options, margin=0.25)
    return sparse_case(table, rng.choice(list(FUNCTIONS)), options | {"margins": {name: 0.25 for name in FUNCTIONS}}, evaluator)


def sparse_rerank_case(rng, table):
    samples = [{"query": texts(rng, 1)[0], "positive": texts(rng, rng.choice([1, 3])), "negative": texts(rng, rng.choice([1, 8]))}
               for _ in range(rng.randint(1, 4))]
    function = rng.choice(list(FUNCTIONS))
    options = sparse_options(rng) | {"samples": samples, "at_k": rng.choice([3, 10]), "use_batched_encoding": rng.random() < 0.5}
    evaluator = SparseRerankingEvaluator(**options, similarity_fct=FUNCTIONS[function])
    return sparse_case(table, "dot", options | {"similarity_fct": function}, evaluator)


def sparse_translation_case(rng, table):
    count = rng.choice([1, 20])
    options = sparse_options(rng) | {"source_sentences": texts(rng, count)}
    options["target_sentences"] = [text if rng.random() < 0.6 else texts(rng, 1)[0] for text in options["source_sentences"]]
    return sparse_case(table, "dot", options, SparseTranslationEvaluator(**options))


def sparse_mse_case(rng, table):
    count = rng.choice([1, 20])
    options = sparse_options(rng) | {"source_sentences": texts(rng, count), "target_sentences": texts(rng, count)}
    return sparse_case(table, "dot", options, SparseMSEEvaluator(**options, teacher_model=SparseTableModel(table, "dot")))


class Fusion:
    """Called like an evaluator of a model."""

    def __init__(self, evaluator):
        self.evaluator = evaluator

    def __call__(self, model, *args):
        return self.evaluator(*args)

    def __getattr__(self, name):
        return getattr(self.evaluator, name)


def fusion_case(rng, _):
    options = {"name": rng.choice(["", "dev"]), "at_k": rng.choice([1, 3, 10]), "rrf_k": rng.choice([0, 60]), "write_predictions": True}
    options |= {"dense_samples": [], "sparse_samples": []}
    for number in range(rng.randint(1, 4)):
        documents = [f"d{i}" for i in range(12)]
        positive = rng.sample(documents, rng.choice([1, 3]))
        for side in ["dense_samples", "sparse_samples"]:
            found = rng.sample(documents, rng.choice([2, 5, 9]))
            if rng.random() < 0.3:
                found.append(found[0])
            options[side].append({"query_id": f"q{number}", "query": f"query {number}", "positive": positive, "documents": found})
    return {"similarity": "dot", "options": options} | run(Fusion(ReciprocalRankFusionEvaluator(**options)), None)


def write(name, content):
    (FOLDER / f"{name}.json").write_text(json.dumps(content) + "\n")


def main():
    rng = random.Random(7)
    FOLDER.mkdir(exist_ok=True)
    for name, cases in {
        "reranking": [reranking_case(rng) for _ in range(60)],
        "classification": [binary_case(rng) for _ in range(60)] + [class_case(rng) for _ in range(25)],
        "correlation": [correlation_case(rng) for _ in range(40)],
        "sequential": sequential_case(),
    }.items():
        write(name, cases)
    rng = random.Random(11)
    table = make_table(rng)
    write("table", table)
    for name, make, count in [
        ("retrieval", retrieval_case, 60), ("similarity", similarity_case, 60), ("binary", binary_pair_case, 40),
        ("triplet", triplet_case, 40), ("embedding_reranking", rerank_case, 40), ("paraphrase", paraphrase_case, 30),
        ("translation", translation_case, 20), ("mse", mse_case, 10),
    ]:
        write(name, [make(rng, table) for _ in range(count)])
    write("label_accuracy", [label_accuracy_case(random.Random(17 + number), table) for number in range(24)])
    rng = random.Random(13)
    table = make_sparse_table(rng)
    write("sparse_table", table)
    for name, make, count in [
        ("sparse_retrieval", sparse_retrieval_case, 25), ("sparse_similarity", sparse_similarity_case, 20), ("sparse_binary", sparse_binary_case, 20),
        ("sparse_triplet", sparse_triplet_case, 20), ("sparse_reranking", sparse_rerank_case, 20), ("sparse_translation", sparse_translation_case, 10),
        ("sparse_mse", sparse_mse_case, 8), ("fusion", fusion_case, 20),
    ]:
        write(name, [make(rng, table) for _ in range(count)])


main()
