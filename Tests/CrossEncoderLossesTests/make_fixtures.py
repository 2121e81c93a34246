"""Writes Fixtures/parity.json: values and gradients of the reference's cross-encoder losses on given logits.

Needs sentence-transformers 6.2 with torch (CPU). Run it from anywhere:  python make_fixtures.py

The model is replaced by a table: a pair of texts selects a row of a leaf tensor of logits, so that a case is nothing
but the arithmetic of a loss. The file holds `data` (columns, labels, pairs and their logits, by name) and `cases`: a loss
with its options, the name of its data, and what the reference makes of them, the loss and its gradient with respect to
the logits.
"""
import json
import pathlib

import numpy
import torch
from sentence_transformers.cross_encoder import CrossEncoder, losses
from torch import nn


class TableModel(CrossEncoder):
    """Scores a pair by looking it up."""

    def __init__(self, pairs, logits):
        nn.Module.__init__(self)
        self.rows = {pair: row for row, pair in enumerate(pairs)}
        self.leaf = nn.Parameter(torch.tensor(logits, dtype=torch.float32))

    num_labels = property(lambda self: self.leaf.shape[1])
    device = property(lambda self: torch.device("cpu"))

    def preprocess(self, pairs, prompt=None, task=None):
        return {"rows": torch.tensor([self.rows[tuple(pair)] for pair in pairs], dtype=torch.long)}

    def forward(self, features):
        return {"scores": self.leaf[features["rows"]]}


ACTIVATIONS = {"sigmoid": nn.Sigmoid(), "identity": nn.Identity(), "tanh": nn.Tanh(), "relu": nn.ReLU(),
               "softplus": nn.Softplus(), "none": None}
SCHEMES = {"NoWeightingScheme": losses.NoWeightingScheme, "NDCGLoss1Scheme": losses.NDCGLoss1Scheme,
           "NDCGLoss2Scheme": losses.NDCGLoss2Scheme, "LambdaRankScheme": losses.LambdaRankScheme,
           "NDCGLoss2PPScheme": losses.NDCGLoss2PPScheme}


def reciprocal_discount(mask):
    ranks = mask.cumsum(dim=-1)
    return (1.0 / torch.log1p(ranks)).masked_fill(~mask, 0)


def build(name, model, options):
    options = dict(options)
    if "activation_fn" in options:
        options["activation_fn"] = ACTIVATIONS[options["activation_fn"]]
    for key in ("pos_weight", "weight"):
        if key in options:
            options[key] = torch.tensor(options[key])
    mu = options.pop("mu", None)
    if "weighting_scheme" in options:
        scheme = SCHEMES[options["weighting_scheme"]]
        options["weighting_scheme"] = scheme() if mu is None else scheme(mu=mu)
    if "lambda_weight" in options:
        options["lambda_weight"] = {
            "default": losses.PListMLELambdaWeight(), "none": None,
            "reciprocal": losses.PListMLELambdaWeight(rank_discount_fn=reciprocal_discount),
        }[options["lambda_weight"]]
    return getattr(losses, name)(model, **options)


random = numpy.random.RandomState(7)
data_by_name = {}
cases = []


def rounded(values):
    return [[round(float(v), 4) for v in row] for row in values]


def case(name, options, inputs, labels, note, pairs=None, width=1, spread=2.0, logits=None):
    """`inputs` are columns; without `pairs`, every first text meets every other text of the batch."""
    if pairs is None:
        others = sorted({text for column in inputs[1:] for text in column})
        pairs = [(query, text) for query in inputs[0] for text in others]
    if note not in data_by_name:
        logits = rounded(random.randn(len(pairs), width) * spread) if logits is None else logits
        data_by_name[note] = {"inputs": inputs, "labels": labels, "pairs": pairs, "logits": logits}
    data = data_by_name[note]
    assert data["inputs"] == inputs and data["labels"] == labels and data["pairs"] == pairs, note
    model = TableModel(pairs, data["logits"])
    tensors = None
    if labels is not None:
        tensors = [torch.tensor(row) for row in labels] if isinstance(labels[0], list) else torch.tensor(labels)
    value = build(name, model, options)([list(column) for column in inputs], tensors)
    value.backward()
    gradient = model.leaf.grad if model.leaf.grad is not None else torch.zeros_like(model.leaf)
    assert torch.isfinite(value) and torch.isfinite(gradient).all(), (name, options, note)
    cases.append({"loss": name, "options": options, "data": note, "value": float(f"{value.item():.9g}"),
                  "gradient": [[float(f"{g:.7g}") for g in row] for row in gradient.tolist()]})


def pointwise(count):
    inputs = [[f"q{i}" for i in range(count)], [f"d{i}" for i in range(count)]]
    return inputs, list(zip(*inputs))


# Pointwise.
inputs, pairs = pointwise(8)
binary = [1, 0, 0, 1, 0, 0, 0, 1]
graded = [0.0, 0.25, 0.5, 0.75, 1.0, 0.1, 0.9, 0.33]
for options in ({}, {"pos_weight": 5.0}, {"activation_fn": "tanh"}, {"activation_fn": "sigmoid", "pos_weight": 0.5}, {"reduction": "sum"}):
    case("BinaryCrossEntropyLoss", options, inputs, binary, "0/1 pairs", pairs)
case("BinaryCrossEntropyLoss", {"pos_weight": 3.0}, inputs, graded, "graded pairs", pairs)
case("BinaryCrossEntropyLoss", {}, inputs, [0] * 8, "all zero pairs", pairs)
case("BinaryCrossEntropyLoss", {"pos_weight": 4.0}, inputs, binary, "large 0/1 logits", pairs, spread=40.0)
teacher = rounded(random.randn(1, 8) * 5)[0]
for options in ({}, {"activation_fn": "sigmoid"}, {"activation_fn": "relu"}, {"activation_fn": "softplus"}, {"reduction": "sum"}):
    case("MSELoss", options, inputs, teacher, "teacher scores", pairs)
classes = [0, 2, 1, 2, 0, 1, 1, 2]
for options in ({}, {"activation_fn": "tanh"}, {"weight": [0.2, 1.0, 3.0]}, {"label_smoothing": 0.1},
                {"weight": [0.2, 1.0, 3.0], "label_smoothing": 0.2}, {"ignore_index": 2}, {"reduction": "sum", "weight": [1.0, 2.0, 0.5]}):
    case("CrossEntropyLoss", options, inputs, classes, "3 classes", pairs, width=3)
case("CrossEntropyLoss", {}, inputs, classes, "large class logits", pairs, width=3, spread=40.0)

# Distillation by margin.
queries, positives = [f"q{i}" for i in range(5)], [f"p{i}" for i in range(5)]
one, two = [f"n{i}" for i in range(5)], [f"m{i}" for i in range(5)]
flat = rounded(random.randn(1, 5) * 3)[0]
pair = rounded(random.randn(5, 2) * 3)
triple = rounded(random.randn(5, 3) * 3)
for options in ({}, {"activation_fn": "sigmoid"}, {"reduction": "sum"}):
    case("MarginMSELoss", options, [queries, positives, one], flat, "margins", spread=3.0)
case("MarginMSELoss", {}, [queries, positives, one], [[v] for v in flat], "lists of one margin")
case("MarginMSELoss", {}, [queries, positives, one], pair, "scores of two")
case("MarginMSELoss", {}, [queries, positives, one, two], pair, "two margins")
case("MarginMSELoss", {"activation_fn": "tanh"}, [queries, positives, one, two], triple, "scores of three")

# Contrastive, with every in-batch candidate used, so that nothing is drawn.
for name, extra in (("MultipleNegativesRankingLoss", {}), ("CachedMultipleNegativesRankingLoss", {"mini_batch_size": 3})):
    for options in ({"num_negatives": None}, {"num_negatives": 4}, {"num_negatives": None, "scale": 20.0},
                    {"num_negatives": None, "activation_fn": "identity", "scale": 1.0},
                    {"num_negatives": None, "activation_fn": "none", "scale": 0.5}):
        case(name, {**options, **extra}, [queries, positives], None, "pairs")
    case(name, {"num_negatives": None, **extra}, [queries, positives, one], None, "triplets")
    case(name, {"num_negatives": 100, **extra}, [queries, positives, one, two], None, "two hard negatives")


# Listwise.
def lists(lengths):
    queries = [f"q{i}" for i in range(len(lengths))]
    documents = [[f"d{i}.{j}" for j in range(length)] for i, length in enumerate(lengths)]
    return [queries, documents], [(query, text) for query, texts in zip(queries, documents) for text in texts]


ragged, ragged_pairs = lists([4, 1, 6, 3])
even, even_pairs = lists([5, 5, 5])
holes, hole_pairs = lists([3, 0, 2])
single, single_pairs = lists([1, 1])
long, long_pairs = lists([130, 2])
data = [
    ("0/1 lists", ragged, ragged_pairs, [[1, 0, 0, 0], [1], [0, 1, 0, 0, 1, 0], [0, 0, 1]]),
    ("graded lists with ties", ragged, ragged_pairs, [[2, 0, 2, 1], [3], [0, 1, 4, 1, 0, 0], [1, 1, 1]]),
    ("continuous lists", even, even_pairs, rounded(random.rand(3, 5))),
    ("all zero lists", ragged, ragged_pairs, [[0] * 4, [0], [0] * 6, [0] * 3]),
    ("lists of one", single, single_pairs, [[1], [0]]),
    ("negative labels", even, even_pairs, rounded(random.randn(3, 5))),
]
empty = ("empty list", holes, hole_pairs, [[1, 0, 2], [], [0, 1]])
large = ("130 documents", long, long_pairs, [[int(v) for v in random.randint(0, 4, 130)], [1, 0]])


def listwise(name, options, rows):
    for note, inputs, pairs, labels in rows:
        case(name, options, inputs, labels, note, pairs)


for scheme in SCHEMES:
    listwise("LambdaLoss", {"weighting_scheme": scheme}, data + [empty])
    listwise("LambdaLoss", {"weighting_scheme": scheme, "k": 2}, data[:3])
    listwise("LambdaLoss", {"weighting_scheme": scheme, "sigma": 0.5, "reduction_log": "natural", "activation_fn": "sigmoid", "mini_batch_size": 3}, data[:2])
listwise("LambdaLoss", {}, data[:2])
listwise("LambdaLoss", {"mu": 2.5, "weighting_scheme": "NDCGLoss2PPScheme"}, data[:2])
listwise("LambdaLoss", {"eps": 2.0}, data[:2])
case("LambdaLoss", {}, ragged, data[1][3], "tied logits", ragged_pairs, logits=[[1.0]] * len(ragged_pairs))
case("LambdaLoss", {}, ragged, data[1][3], "large list logits", ragged_pairs, spread=60.0)
listwise("RankNetLoss", {}, data + [empty])
listwise("RankNetLoss", {"k": 3, "sigma": 2.0}, data[:3])
listwise("RankNetLoss", {"reduction_log": "natural", "activation_fn": "tanh", "mini_batch_size": -1}, data[:3])
listwise("ListNetLoss", {}, data)
listwise("ListNetLoss", {"activation_fn": "sigmoid", "mini_batch_size": 4}, data[:3])
for name in ("ListMLELoss", "PListMLELoss"):
    listwise(name, {}, data + [empty, large])
    listwise(name, {"respect_input_order": False}, data + [empty])
    listwise(name, {"activation_fn": "sigmoid", "mini_batch_size": 2}, data[:3])
    case(name, {}, ragged, data[1][3], "large list logits", ragged_pairs, spread=60.0)
listwise("PListMLELoss", {"lambda_weight": "none"}, data[:3])
listwise("PListMLELoss", {"lambda_weight": "reciprocal"}, data[:3])
listwise("PListMLELoss", {"lambda_weight": "reciprocal", "respect_input_order": False}, data[:3] + [empty])
listwise("ADRMSELoss", {}, data + [empty])
listwise("ADRMSELoss", {"alpha": 4.0}, data[:3])
listwise("ADRMSELoss", {"activation_fn": "tanh", "mini_batch_size": 5}, data[:3])
case("ADRMSELoss", {}, ragged, data[1][3], "large list logits", ragged_pairs, spread=60.0)


def lines(items):
    return ",\n".join(items)


def compact(value):
    return json.dumps(value, separators=(",", ":"))


target = pathlib.Path(__file__).parent / "Fixtures" / "parity.json"
target.parent.mkdir(exist_ok=True)
target.write_text('{"data":{\n' + lines(f"{compact(name)}:{compact(entry)}" for name, entry in data_by_name.items())
                  + '\n},"cases":[\n' + lines(compact(entry) for entry in cases) + "\n]}\n")
print(f"{len(cases)} cases, {target.stat().st_size} bytes")
