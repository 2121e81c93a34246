"""Writes Fixtures/*.json: values and gradients of the reference's bi-encoder losses on given embeddings.

Needs sentence-transformers 6.2 with torch (CPU). Run it from anywhere:  python make_fixtures.py

The model is replaced by a table: a text selects a row of a leaf tensor of embeddings, so that a case is nothing but the
arithmetic of a loss. There is one file for each family of losses. It holds `data` (columns, labels, texts and their
embeddings, by name) and `cases`: a loss with its options, the name of its data, and what the reference makes of them, the
loss and its gradient with respect to the embeddings.
"""
import json
import pathlib
import types

import numpy
import torch
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer import losses
from tokenizers import Tokenizer, models
from torch import nn
from transformers import PreTrainedTokenizerFast


class TableModel(SentenceTransformer):
    """Embeds a text by looking it up."""

    def __init__(self, texts, embeddings):
        nn.Module.__init__(self)
        self.rows = {text: row for row, text in enumerate(texts)}
        self.leaf = nn.Parameter(torch.tensor(embeddings, dtype=torch.float32))

    device = property(lambda self: torch.device("cpu"))

    def get_embedding_dimension(self):
        return self.leaf.shape[1]

    def features(self, column):
        return {"input_ids": torch.tensor([[self.rows[text]] for text in column], dtype=torch.long)}

    def forward(self, features, **_):
        return {"sentence_embedding": self.leaf[features["input_ids"][:, 0]]}


class Family:
    """The cases of one file."""

    def __init__(self, name, build):
        self.name, self.build = name, build
        self.data, self.cases = {}, []
        self.random = numpy.random.RandomState(7)

    def numbers(self, *shape, spread=1.0):
        return numpy.round(self.random.randn(*shape) * spread, 4).tolist()

    def case(self, loss, options, inputs, labels, note, width=6, **extra):
        """`inputs` are columns of texts; cases with the same note share their embeddings, and what else belongs to their data."""
        texts = sorted({text for column in inputs for text in column})
        if note not in self.data:
            self.data[note] = {"inputs": inputs, "labels": labels, "texts": texts, "embeddings": self.numbers(len(texts), width), **extra}
        data = self.data[note]
        assert data["inputs"] == inputs and data["labels"] == labels, note
        model = LayeredTableModel(texts, data) if "layers" in data else TableModel(texts, data["embeddings"])
        model.data = data
        tensor = None if labels is None else torch.tensor(labels)
        value = self.build(loss, model, dict(options))([model.features(column) for column in inputs], tensor)
        value = sum(value.values()) if isinstance(value, dict) else value
        value.backward()
        gradient = model.leaf.grad if model.leaf.grad is not None else torch.zeros_like(model.leaf)
        assert torch.isfinite(value) and torch.isfinite(gradient).all(), (loss, options, note)
        self.cases.append({"loss": loss, "options": options, "data": note, "value": float(f"{value.item():.9g}"),
                           "gradient": [[float(f"{g:.7g}") for g in row] for row in gradient.tolist()]})

    def write(self):
        path = pathlib.Path(__file__).parent / "Fixtures" / f"{self.name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"data": self.data, "cases": self.cases}, separators=(",", ":")) + "\n")
        print(f"{path.name}: {len(self.cases)} cases")


def column(letter, count):
    return [f"{letter}{i}" for i in range(count)]


# In-batch negatives, plain and cached, and with a guide.
class TableTransformer(Transformer):
    """Stands for the first module of a model; for one with layers, it gives their outputs."""

    auto_model = types.SimpleNamespace(config=types.SimpleNamespace(output_hidden_states=False))

    def __init__(self, layers=None):
        nn.Module.__init__(self)
        self.layers = layers

    def forward(self, features, **_):
        features["all_layer_embeddings"] = [layer[:, None] for layer in self.layers(features)]
        features["token_embeddings"] = features["all_layer_embeddings"][-1]
        return features


class LayeredTableModel(TableModel):
    """Embeds a text by as many rows as there are layers; the last one is the model's own."""

    def __init__(self, texts, data):
        super().__init__(texts, data["embeddings"])
        self.count = data["layers"]
        self.first = [TableTransformer(lambda features: self.leaf[features["input_ids"][:, 0]].unflatten(1, (self.count, -1)).unbind(1))]

    def get_embedding_dimension(self):
        return self.leaf.shape[1] // self.count

    def __getitem__(self, index):
        return self.first[index]

    def forward(self, features, **_):
        features["sentence_embedding"] = self[0].forward(features)["token_embeddings"][:, 0]
        return features


WORDS = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, "a")))
TableModel.tokenizer = WORDS
TableModel.max_seq_length = 8
TableModel.__getitem__ = lambda self, index: TableTransformer()


def build_contrastive(name, model, options):
    similarity = {"dot": util.dot_score, "euclidean": util.euclidean_sim, "manhattan": util.manhattan_sim}
    if "similarity_fct" in options:
        options["similarity_fct"] = similarity[options["similarity_fct"]]
    if "GIST" in name:
        return getattr(losses, name)(model, TableModel(model.rows, model.data["guide"]), **options)
    return getattr(losses, name)(model, **options)


def columns(rows, negatives, letters="qpnmok"):
    return [column(letter, rows) for letter in letters[:2 + negatives]]


contrastive = Family("contrastive", build_contrastive)
EVERY = ["query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc"]
for rows, negatives in ((7, 0), (6, 1), (5, 3), (1, 1)):
    note = f"{rows} rows, {negatives} negatives"
    batch = columns(rows, negatives)
    # The guide agrees with the model to a degree, so that it leaves out some candidates and not others.
    guide = contrastive.numbers(rows * len(batch), 5)
    for name, cached in (("MultipleNegativesRankingLoss", {}), ("CachedMultipleNegativesRankingLoss", {"mini_batch_size": 2})):
        for options in (
            {}, {"scale": 5.0}, {"similarity_fct": "dot", "scale": 1.0}, {"similarity_fct": "euclidean", "scale": 0.5},
            {"similarity_fct": "manhattan", "scale": 0.25}, {"directions": EVERY[:2]}, {"directions": [EVERY[0], EVERY[2]]},
            {"directions": [EVERY[0], EVERY[3]]}, {"directions": EVERY}, {"directions": EVERY, "similarity_fct": "dot", "scale": 0.5},
            {"directions": [EVERY[0], EVERY[2]], "partition_mode": "per_direction"}, {"partition_mode": "per_direction"},
            {"hardness_mode": "in_batch_negatives", "hardness_strength": 9.0}, {"hardness_mode": "hard_negatives", "hardness_strength": 5.0},
            {"hardness_mode": "all_negatives", "hardness_strength": 3.0}, {"hardness_mode": "all_negatives"},
            {"directions": EVERY, "hardness_mode": "in_batch_negatives", "hardness_strength": 4.0},
        ):
            contrastive.case(name, {**options, **cached}, batch, None, note, guide=guide)
    for name, cached in (("MultipleNegativesSymmetricRankingLoss", {}), ("CachedMultipleNegativesSymmetricRankingLoss", {"mini_batch_size": 2})):
        for options in ({}, {"scale": 8.0, "similarity_fct": "dot"}):
            contrastive.case(name, {**options, **cached}, batch, None, note)
    for name, cached in (("GISTEmbedLoss", {}), ("CachedGISTEmbedLoss", {"mini_batch_size": 2})):
        if negatives > 1 and not cached:
            continue
        for options in (
            {}, {"temperature": 0.1}, {"margin": 0.2}, {"margin": -0.1, "temperature": 0.2}, {"margin_strategy": "relative", "margin": 0.3},
            {"contrast_anchors": False}, {"contrast_positives": False}, {"contrast_anchors": False, "contrast_positives": False, "temperature": 0.05},
        ):
            contrastive.case(name, {**options, **cached}, batch, None, note)
    if negatives == 0:
        for options in (
            {}, {"mini_batch_size": 2}, {"use_mini_batched_version": False}, {"positive_margin": 0.4, "negative_margin": -0.2},
            {"positive_margin": 0.4, "negative_margin": -0.2, "use_mini_batched_version": False},
        ):
            contrastive.case("MegaBatchMarginLoss", options, batch, None, note)
    for options in (
        {}, {"aggregation": "sum"}, {"mean_weight": 0.0, "aggregation": "sum"}, {"second_moment_weight": 0.0}, {"mean_weight": 2.0, "second_moment_weight": 0.5},
        {"similarity_fct": "dot"}, {"similarity_fct": "euclidean"},
    ):
        contrastive.case("GlobalOrthogonalRegularizationLoss", options, batch, None, note)
contrastive.write()


# Losses around another loss, by its name and options.
def build_wrapping(name, model, options):
    inner = build_contrastive(options.pop("loss"), model, dict(options.pop("loss_options", {})))
    return getattr(losses, name)(model, inner, **options)


wrapping = Family("wrapping", build_wrapping)
for rows, negatives in ((6, 0), (4, 1)):
    note = f"{rows} rows, {negatives} negatives"
    batch = columns(rows, negatives)
    guide = wrapping.numbers(rows * len(batch), 5)
    mnrl, cached = {"loss": "MultipleNegativesRankingLoss"}, {"loss": "CachedMultipleNegativesRankingLoss", "loss_options": {"mini_batch_size": 2}}
    gist, cached_gist = {"loss": "GISTEmbedLoss", "loss_options": {"temperature": 0.1}}, {
        "loss": "CachedGISTEmbedLoss", "loss_options": {"temperature": 0.1, "mini_batch_size": 2}}
    everywhere = {"loss": "MultipleNegativesRankingLoss", "loss_options": {"directions": EVERY, "scale": 3.0}}
    gor = {"loss": "GlobalOrthogonalRegularizationLoss"}
    mega = [{"loss": "MegaBatchMarginLoss"}, {"loss": "MegaBatchMarginLoss", "loss_options": {"use_mini_batched_version": False}}] if negatives == 0 else []
    for inner in [mnrl, cached, gist, cached_gist, everywhere] + mega:
        for options in ({"matryoshka_dims": [6, 4, 2]}, {"matryoshka_dims": [2, 5, 3], "matryoshka_weights": [0.5, 2.0, 1.0]}):
            wrapping.case("MatryoshkaLoss", {**inner, **options}, batch, None, note, guide=guide)
    note += ", 4 layers"
    for inner in [mnrl, gist, everywhere] + mega[1:]:
        for options in (
            {"n_layers_per_step": -1}, {"n_layers_per_step": -1, "layer_weighting": "log"}, {"n_layers_per_step": -1, "layer_weighting": "linear"},
            {"n_layers_per_step": -1, "kl_temperature": 0.0}, {"n_layers_per_step": 3, "kl_temperature": 1.5, "kl_div_weight": 0.5},
            {"n_layers_per_step": -1, "last_layer_weight": 2.0, "prior_layers_weight": 0.25},
        ):
            wrapping.case("AdaptiveLayerLoss", {**inner, **options}, batch, None, note, width=24, layers=4, guide=guide)
        for options in (
            {"matryoshka_dims": [6, 3], "n_layers_per_step": -1, "n_dims_per_step": -1},
            {"matryoshka_dims": [4, 6], "matryoshka_weights": [2.0, 1.0], "n_layers_per_step": -1, "n_dims_per_step": -1, "layer_weighting": "log"},
        ):
            wrapping.case("Matryoshka2dLoss", {**inner, **options}, batch, None, note)
wrapping.write()


# Pairs with a number.
def build_pairwise(name, model, options):
    if "cos_score_transformation" in options:
        options["cos_score_transformation"] = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()}[options["cos_score_transformation"]]
    return getattr(losses, name)(model, **options)


pairwise = Family("pairwise", build_pairwise)
graded = [0.0, 0.25, 0.5, 0.75, 1.0, 0.1, 0.9, 0.33]
for options in ({}, {"cos_score_transformation": "sigmoid"}, {"cos_score_transformation": "tanh"}):
    pairwise.case("CosineSimilarityLoss", options, [column("a", 8), column("b", 8)], graded, "graded pairs")
pairwise.write()
