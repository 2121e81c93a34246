"""Writes Fixtures/*.json: values and gradients of the reference's bi-encoder losses on given embeddings.

Needs sentence-transformers 6.2 with torch (CPU). Run it from anywhere:  python make_fixtures.py

The model is replaced by a table: a text selects a row of a leaf tensor of embeddings, so that a case is nothing but the
arithmetic of a loss. There is one file for each family of losses. It holds `data` (columns, labels, texts and their
embeddings, by name) and `cases`: a loss with its options, the name of its data, and what the reference makes of them, the
loss and its gradient with respect to the embeddings.
"""
import json
import pathlib

import numpy
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import losses
from torch import nn


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

    def case(self, loss, options, inputs, labels, note, width=6):
        """`inputs` are columns of texts; cases with the same note share their embeddings."""
        texts = sorted({text for column in inputs for text in column})
        if note not in self.data:
            self.data[note] = {"inputs": inputs, "labels": labels, "texts": texts, "embeddings": self.numbers(len(texts), width)}
        data = self.data[note]
        assert data["inputs"] == inputs and data["labels"] == labels, note
        model = TableModel(texts, data["embeddings"])
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
