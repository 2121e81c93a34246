"""Writes Fixtures/*.json and Fixtures/auto-encoder: values and gradients of the reference's losses for sparse encoders.

Needs sentence-transformers 6.2 with torch (CPU). Run it from anywhere:  python make_fixtures.py

The model is a table of embeddings, by text, as in the fixtures of the dense losses; a case is the arithmetic of a loss. For CSRLoss
the table stands before a SparseAutoEncoder, which is saved as the reference saves it, and several steps are taken so that its counts
of unused latents matter.
"""
import json
import pathlib

import numpy
import torch
from sentence_transformers import SparseEncoder, util
from sentence_transformers.sparse_encoder import losses
from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder
from sentence_transformers.sentence_transformer.losses import TripletDistanceMetric
from torch import nn

HERE = pathlib.Path(__file__).parent / "Fixtures"
RANDOM = numpy.random.RandomState(11)


class TableModel(SparseEncoder):
    def __init__(self, texts, embeddings):
        nn.Module.__init__(self)
        self.rows = {text: row for row, text in enumerate(texts)}
        self.leaf = nn.Parameter(torch.tensor(embeddings, dtype=torch.float32))
        self.similarity_fn_name = "dot"

    device = property(lambda self: torch.device("cpu"))
    tokenizer = property(lambda self: None)

    def get_embedding_dimension(self):
        return self.leaf.shape[1]

    def features(self, column):
        ids = torch.tensor([[self.rows[text]] for text in column], dtype=torch.long)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

    def forward(self, features, **_):
        return {"sentence_embedding": self.leaf[features["input_ids"][:, 0]]}

    def __getitem__(self, index):
        return nn.Identity()


def g(x, digits=7):
    return float(f"{x:.{digits}g}")


def sparse_numbers(rows, width, density=0.6):
    values = numpy.abs(RANDOM.randn(rows, width)) * (RANDOM.rand(rows, width) < density)
    return numpy.round(values, 4).tolist()


DATA, CASES = {}, []


def case(loss, options, inputs, labels, note, splade=None, cached=None):
    texts = sorted({text for column in inputs for text in column})
    if note not in DATA:
        DATA[note] = {"inputs": inputs, "labels": labels, "texts": texts, "embeddings": sparse_numbers(len(texts), 12)}
    model = TableModel(texts, DATA[note]["embeddings"])
    built = dict(options)
    for key, table in (("similarity_fct", {f.__name__: f for f in (util.pairwise_cos_sim, util.pairwise_dot_score, util.dot_score, util.cos_sim)}),):
        if key in built:
            built[key] = table[built[key]]
    if "distance_metric" in built:
        built["distance_metric"] = getattr(TripletDistanceMetric, built["distance_metric"])
    base = getattr(losses, loss)(model, **built)
    tensor = None if labels is None else torch.tensor(labels)
    if loss == "SparseMSELoss":
        # The reference's collator stacks the vectors of each column.
        tensor = tensor[None]
    kind = "none"
    if splade is None:
        value = base.compute_loss_from_embeddings([model(model.features(c))["sentence_embedding"] for c in inputs], tensor)
        parts = {}
    else:
        kind = "CachedSpladeLoss" if cached else "SpladeLoss"
        wrapped = getattr(losses, kind)(model, base, **splade, **(cached or {}))
        terms = wrapped([model.features(c) for c in inputs], tensor)
        value = sum(terms.values())
        parts = {name: g(term.item(), 9) for name, term in terms.items()}
    value.backward()
    assert torch.isfinite(value)
    CASES.append({"loss": loss, "options": options, "data": note, "wrapper": kind, "splade": splade or {}, "cached": cached or {},
                  "components": parts, "value": g(value.item(), 9), "gradient": [[g(x) for x in row] for row in model.leaf.grad.tolist()]})


def column(letter, count):
    return [f"{letter}{i}" for i in range(count)]


pairs, triplets = [column("q", 5), column("p", 5)], [column("q", 4), column("p", 4), column("n", 4)]
scored = [round(float(x), 3) for x in RANDOM.rand(5)]
MNRL = "SparseMultipleNegativesRankingLoss"
for options in ({}, {"scale": 2.0}, {"similarity_fct": "cos_sim", "scale": 20.0}):
    case(MNRL, options, pairs, None, "pairs")
    case(MNRL, options, triplets, None, "triplets")
case(MNRL, {"directions": ["query_to_doc", "doc_to_query"], "partition_mode": "per_direction"}, pairs, None, "pairs")
for metric in ("EUCLIDEAN", "COSINE", "MANHATTAN"):
    case("SparseTripletLoss", {"distance_metric": metric, "triplet_margin": 1.0}, triplets, None, "triplets")
case("SparseTripletLoss", {}, triplets, None, "triplets")
for name in ("SparseCoSENTLoss", "SparseAnglELoss"):
    case(name, {}, pairs, scored, "scored pairs")
    case(name, {"scale": 5.0}, pairs, scored, "scored pairs")
case("SparseCosineSimilarityLoss", {}, pairs, scored, "scored pairs")
margins = [[0.5], [-0.2], [1.5], [0.1]]
case("SparseMarginMSELoss", {}, triplets, margins, "margins")
case("SparseMarginMSELoss", {"similarity_fct": "pairwise_cos_sim"}, triplets, margins, "margins")
teacher = [[3.0, 1.0], [0.2, 0.4], [5.0, -1.0], [2.0, 2.0]]
case("SparseDistillKLDivLoss", {}, triplets, teacher, "teacher")
case("SparseDistillKLDivLoss", {"temperature": 1.5, "teacher_temperature": 0.5}, triplets, teacher, "teacher")
case("SparseMSELoss", {}, pairs[:1], sparse_numbers(5, 12), "vectors")

weights = {"document_regularizer_weight": 0.3, "query_regularizer_weight": 0.5}
for options in (weights, {"document_regularizer_weight": 0.3}, {"document_regularizer_weight": 0.3, "use_document_regularizer_only": True},
                {**weights, "document_regularizer_threshold": 7, "query_regularizer_threshold": 6}):
    case(MNRL, {}, triplets, None, "triplets", options)
    case(MNRL, {}, triplets, None, "triplets", options, {"mini_batch_size": 3})
case("SparseMarginMSELoss", {}, triplets, margins, "margins", weights)
case("SparseDistillKLDivLoss", {}, triplets, teacher, "teacher", weights, {"mini_batch_size": 2})

HERE.mkdir(exist_ok=True)
(HERE / "splade.json").write_text(json.dumps({"data": DATA, "cases": CASES}, separators=(",", ":")) + "\n")
print(len(CASES), "cases")

# CSR: three steps, of which the later ones see dead latents.
torch.manual_seed(3)
csr = []
for note, options in (("plain", {}), ("normalized", {"normalize": True})):
    encoder = SparseAutoEncoder(input_dim=6, hidden_dim=16, k=3, k_aux=8, dead_threshold=3, **options)
    with torch.no_grad():
        encoder.pre_bias += torch.randn(6) * 0.1
        encoder.latent_bias += torch.randn(16) * 0.1
    path = HERE / f"auto-encoder-{note}"
    path.mkdir(exist_ok=True)
    texts = column("q", 4) + column("p", 4)
    numbers = numpy.round(RANDOM.randn(8, 6), 4).tolist()

    class WithEncoder(TableModel):
        def forward(self, features, **_):
            return encoder(super().forward(features))

    model = WithEncoder(texts, numbers)
    encoder.save(str(path))
    with torch.inference_mode():
        counts = encoder.stats_last_nonzero.clone()
        embeddings = encoder({"sentence_embedding": model.leaf.detach().clone()})["sentence_embedding"].tolist()
        encoder.stats_last_nonzero.copy_(counts)
    loss = losses.CSRLoss(model, losses.SparseMultipleNegativesRankingLoss(model), beta=0.1, gamma=0.7)
    steps = []
    for _ in range(4):
        model.leaf.grad = None
        encoder.zero_grad()
        terms = loss([model.features(c) for c in (texts[:4], texts[4:])])
        sum(terms.values()).backward()
        steps.append({"components": {name: g(term.item(), 9) for name, term in terms.items()},
                      "counts": encoder.stats_last_nonzero.tolist(),
                      "gradient": [[g(x) for x in row] for row in model.leaf.grad.tolist()],
                      "parameters": {name: [g(x) for x in parameter.grad.flatten().tolist()]
                                     for name, parameter in (("encoder.weight", encoder.encoder.weight), ("latent_bias", encoder.latent_bias),
                                                             ("pre_bias", encoder.pre_bias))}})
    csr.append({"folder": path.name, "texts": texts, "embeddings": numbers, "latents": [[g(x, 9) for x in row] for row in embeddings], "steps": steps})
(HERE / "csr.json").write_text(json.dumps(csr, separators=(",", ":")) + "\n")
