"""Writes Fixtures/*.json: values and gradients of the reference's bi-encoder losses on given embeddings.

Needs sentence-transformers 6.2 with torch (CPU). Run it from anywhere:  python make_fixtures.py

The model is replaced by a table: a text selects a row of a leaf tensor of embeddings, so that a case is nothing but the
arithmetic of a loss. There is one file for each family of losses. It holds `data` (columns, labels, texts and their
embeddings, by name) and `cases`: a loss with its options, the name of its data, and what the reference makes of them, the
loss and its gradient with respect to the embeddings. What a loss itself learns is set to given values, which are kept with
the gradient with respect to them.
"""
import json
import pathlib
import types

import numpy
import torch
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.sentence_transformer.modules import Pooling
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
        built = self.build(loss, model, dict(options))
        parameters = {name: parameter for name, parameter in built.named_parameters() if parameter is not model.leaf}
        for name, parameter in parameters.items():
            if name != "logit_scale":
                parameter.data = torch.tensor(self.numbers(*parameter.shape, spread=0.5), dtype=torch.float32)
        value = built([model.features(column) for column in inputs], tensor)
        value = sum(value.values()) if isinstance(value, dict) else value
        value.backward()
        gradient = model.leaf.grad if model.leaf.grad is not None else torch.zeros_like(model.leaf)
        assert torch.isfinite(value) and torch.isfinite(gradient).all(), (loss, options, note)
        own = {name: {"values": [float(f"{v:.9g}") for v in parameter.flatten().tolist()],
                      "gradient": [float(f"{g:.7g}") for g in parameter.grad.flatten().tolist()]} for name, parameter in parameters.items()}
        self.cases.append({**({"parameters": own} if own else {}), "loss": loss, "options": options, "data": note, "value": float(f"{value.item():.9g}"),
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
# Pairs with a number, a class, or nothing.
def build_pairwise(name, model, options):
    if "cos_score_transformation" in options:
        options["cos_score_transformation"] = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()}[options["cos_score_transformation"]]
    if "similarity_fct" in options:
        options["similarity_fct"] = getattr(util, options["similarity_fct"])
    if "distance_metric" in options:
        options["distance_metric"] = getattr(losses.SiameseDistanceMetric, options["distance_metric"])
    if name == "SoftmaxLoss":
        options = {"embedding_dimension": model.leaf.shape[1], "num_labels": 3, **options}
    return getattr(losses, name)(model, **options)


pairwise = Family("pairwise", build_pairwise)
graded = [0.0, 0.25, 0.5, 0.75, 1.0, 0.1, 0.9, 0.33]
eight = [column("a", 8), column("b", 8)]
for options in ({}, {"cos_score_transformation": "sigmoid"}, {"cos_score_transformation": "tanh"}):
    pairwise.case("CosineSimilarityLoss", options, eight, graded, "graded pairs")
# Ties, a pair of equal texts, and an odd dimension.
tied = [[0.5, 1.0, 0.5, 0.0, 1.0, 0.5], [column("a", 6), column("b", 5) + ["a5"]]]
for data, width in (((graded, eight), 6), (tied, 5)):
    labels, columns = data
    note = "graded pairs" if width == 6 else "pairs with ties"
    for options in ({}, {"scale": 1.0}, *({"similarity_fct": f"pairwise_{s}"} for s in ("dot_score", "euclidean_sim", "manhattan_sim", "angle_sim"))):
        pairwise.case("CoSENTLoss", options, columns, labels, note, width)
    for options in ({}, {"scale": 5.0}):
        pairwise.case("AnglELoss", options, columns, labels, note, width)
pairwise.case("CoSENTLoss", {}, [column("a", 3), column("b", 3)], [0.5, 0.5, 0.5], "pairs with equal labels")
pairwise.case("AnglELoss", {}, [column("a", 4), column("b", 4), column("c", 4)], None, "triplets")
pairwise.case("AnglELoss", {"scale": 3.0}, [column("a", 4), column("b", 4), column("c", 4), column("d", 4)], None, "quadruplets")
pairwise.case("AnglELoss", {}, [column("a", 4), column("b", 4), column("c", 4)], [1.0, 0.25, 0.75, 0.5], "graded triplets")
binary = {"pairs with 0 and 1": [1, 0, 1, 0, 0, 1, 1, 0], "positive pairs": [1] * 8, "negative pairs": [0] * 8}
for note, labels in binary.items():
    for metric in ("EUCLIDEAN", "MANHATTAN", "COSINE_DISTANCE"):
        for margin in ({}, {"margin": 4.0}):
            pairwise.case("ContrastiveLoss", {"distance_metric": metric, **margin}, eight, labels, note)
            pairwise.case("OnlineContrastiveLoss", {"distance_metric": metric, **margin}, eight, labels, note)
pairwise.case("ContrastiveLoss", {"size_average": False}, eight, binary["pairs with 0 and 1"], "pairs with 0 and 1")
pairwise.case("ContrastiveLoss", {}, eight, graded, "graded pairs")
equal = [column("a", 3), ["a0", "b1", "a2"]]
for metric in ("EUCLIDEAN", "MANHATTAN"):
    pairwise.case("ContrastiveLoss", {"distance_metric": metric}, equal, [1, 0, 0], "pairs with equal texts")
classes = [0, 1, 2, 0, 2, 2, 1, 0]
probabilities = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.6, 0.1, 0.3], [0.1, 0.1, 0.8]]
for rep, difference, product in ((True, True, False), (True, False, False), (False, True, False), (False, False, True), (True, True, True)):
    options = {"concatenation_sent_rep": rep, "concatenation_sent_difference": difference, "concatenation_sent_multiplication": product}
    pairwise.case("SoftmaxLoss", options, eight, classes, "pairs with a class")
pairwise.case("SoftmaxLoss", {}, [column("a", 4), column("b", 4)], probabilities, "pairs with probabilities")
pairwise.case("SoftmaxLoss", {"num_labels": 2}, eight, binary["pairs with 0 and 1"], "pairs with 0 and 1")
tension = [column("a", 6), ["a0", "b1", "b2", "a3", "a0", "b5"]]
pairwise.case("ContrastiveTensionLoss", {}, tension, None, "pairs, some of them equal")
pairwise.case("ContrastiveTensionLoss", {}, tension, [1, 0, 0, 1, 0, 0], "labelled pairs, some of them equal")
for options in ({}, {"scale": 3.0}, {"scale": 1.0, "similarity_fct": "dot_score"}):
    pairwise.case("ContrastiveTensionLossInBatchNegatives", options, [column("a", 6)], None, "texts")
pairwise.write()


# Triplets, given or found in batches of labelled texts.
def build_triplet(name, model, options):
    if "distance_metric" in options:
        metrics = losses.TripletDistanceMetric if name == "TripletLoss" else losses.BatchHardTripletLossDistanceFunction
        if options["distance_metric"] == "squared_euclidean_distance":
            options["distance_metric"] = lambda embeddings: metrics.euclidean_distance(embeddings, squared=True)
        else:
            options["distance_metric"] = getattr(metrics, options["distance_metric"])
    return getattr(losses, name)(model, **options)


triplet = Family("triplet", build_triplet)
given = [column("a", 5), column("p", 5), column("n", 5)]
for metric in ("COSINE", "EUCLIDEAN", "MANHATTAN"):
    for margin in ({}, {"triplet_margin": 0.3}):
        triplet.case("TripletLoss", {"distance_metric": metric, **margin}, given, None, "triplets")
    triplet.case("TripletLoss", {"distance_metric": metric}, [column("a", 3), ["a0", "p1", "p2"], ["n0", "n1", "a2"]], None, "triplets with equal texts")
batches = {
    "three classes": (column("t", 9), [0, 0, 0, 1, 1, 1, 2, 2, 2]),
    "uneven classes, one of them single": (column("t", 8), [3, 1, 3, 7, 1, 3, 3, 1]),
    "single classes only": (column("t", 4), [0, 1, 2, 3]),
    "one class": (column("t", 4), [2, 2, 2, 2]),
    "an equal text": (["t0", "t1", "t0", "t2", "t3", "t1"], [0, 1, 0, 1, 0, 0]),
}
for note, (texts, labels) in batches.items():
    for name in ("BatchAllTripletLoss", "BatchHardTripletLoss", "BatchSemiHardTripletLoss", "BatchHardSoftMarginTripletLoss"):
        # The cosine distance of equal texts is nothing but rounding, by which the hardest would be chosen; and so is the
        # gradient in a batch of one class.
        for metric in ("euclidean_distance", "cosine_distance") if note not in ("an equal text", "one class") else ("euclidean_distance",):
            for margin in ({},) if name == "BatchHardSoftMarginTripletLoss" else ({}, {"margin": 0.2}):
                triplet.case(name, {"distance_metric": metric, **margin}, [texts], labels, note)
for name in ("BatchAllTripletLoss", "BatchHardTripletLoss", "BatchSemiHardTripletLoss", "BatchHardSoftMarginTripletLoss"):
    texts, labels = batches["three classes"]
    triplet.case(name, {"distance_metric": "squared_euclidean_distance"}, [texts], labels, "three classes")
triplet.write()


# A teacher's scores or embeddings.
def build_distillation(name, model, options):
    if "similarity_fct" in options:
        options["similarity_fct"] = getattr(util, options["similarity_fct"])
    return getattr(losses, name)(model, **options)


distillation = Family("distillation", build_distillation)
columns = [column("q", 4), column("p", 4), column("n", 4), column("m", 4)]
margins = {
    "margins": (3, [2.5, -0.5, 1.25, 0.0]), "margins in lists": (3, [[2.5], [-0.5], [1.25], [0.0]]),
    "two scores": (3, [[3.5, 1.0], [0.5, 1.0], [2.25, 1.0], [-1.0, -1.0]]),
    "two margins": (4, [[2.5, 1.0], [-0.5, 0.25], [1.25, 1.5], [0.0, 3.0]]),
    "three scores": (4, [[3.5, 1.0, 2.5], [0.5, 1.0, 0.25], [2.25, 1.0, 0.75], [2.0, 2.0, -1.0]]),
}
similarities = ("pairwise_dot_score", "pairwise_cos_sim", "pairwise_euclidean_sim", "pairwise_manhattan_sim")
for note, (count, labels) in margins.items():
    for similarity in similarities:
        distillation.case("MarginMSELoss", {"similarity_fct": similarity}, columns[:count], labels, note)
for note in ("two scores", "three scores"):
    count, labels = margins[note]
    for options in ({}, {"temperature": 2.0}, {"student_temperature": 0.5}, {"temperature": 3.0, "teacher_temperature": 0.7}):
        distillation.case("DistillKLDivLoss", options, columns[:count], labels, note)
    for similarity in similarities[1:]:
        distillation.case("DistillKLDivLoss", {"similarity_fct": similarity}, columns[:count], labels, note)
vectors = {
    "a vector for one column": (1, distillation.numbers(4, 6)), "a vector for three columns": (3, distillation.numbers(4, 6)),
    "a vector for each column": (3, distillation.numbers(4, 3, 6)),
}
for note, (count, labels) in vectors.items():
    for metric in ("mse", "l2", "cosine"):
        distillation.case("EmbedDistillLoss", {"distance_metric": metric}, columns[:count], labels, note)
    distillation.case("MSELoss", {}, columns[:count], labels, note)
wide = {"a wider vector": (2, distillation.numbers(4, 9)), "a narrower vector for each column": (2, distillation.numbers(4, 2, 4))}
for note, (count, labels) in wide.items():
    projection = {"projection_dim": len(labels[0]) if count == 2 and not isinstance(labels[0][0], list) else len(labels[0][0])}
    for metric in ("mse", "l2", "cosine"):
        distillation.case("EmbedDistillLoss", {"distance_metric": metric, **projection}, columns[:count], labels, note)
    distillation.case("MSELoss", projection, columns[:count], labels, note)
distillation.write()


# The decoder of DenoisingAutoEncoderLoss, over the tiny model of the encoder tests, in a file of its own.
def write_denoising():
    folder = pathlib.Path(__file__).parent.parent / "EncodersTests" / "Fixtures" / "sentence-transformer"
    transformer = SentenceTransformer(str(folder), device="cpu")[0]
    model = SentenceTransformer(modules=[transformer, Pooling(transformer.get_word_embedding_dimension(), "mean")], device="cpu")
    loss = losses.DenoisingAutoEncoderLoss(model).eval()
    own = {name: parameter for name, parameter in loss.named_parameters() if name.startswith("decoder.")}
    random = numpy.random.RandomState(11)
    for name, parameter in own.items():
        middle = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        parameter.data = torch.tensor(numpy.round(random.randn(*parameter.shape) * 0.2 + middle, 3), dtype=torch.float32)
    damaged, originals = ["the quick", "a dog", "jumps"], ["the quick brown fox jumps", "a lazy dog", "it jumps over the dog"]
    value = loss([model.preprocess(damaged), model.preprocess(originals)], None)
    value.backward()
    # An attention over one vector asks nothing, so what it asks with does not matter.
    silent = ("crossattention.self.query", "crossattention.self.key")
    shown = {name: parameter for name, parameter in own.items() if not any(part in name for part in silent)}
    # A few of the encoder's, to which both passes add.
    parts = ("word_embeddings", "embeddings.LayerNorm", "layer.0.attention.self.query", "layer.0.attention.self.value", "layer.1.output")
    shared = {name: parameter for name, parameter in transformer.model.named_parameters() if any(part in name for part in parts)}

    def rounded(tensor, digits):
        return [float(f"{v:.{digits}g}") for v in tensor.flatten().tolist()]

    pathlib.Path(__file__).parent.joinpath("Fixtures", "denoising", "tied.json").write_text(json.dumps({
        "damaged": damaged, "originals": originals, "value": float(f"{value.item():.9g}"),
        "parameters": {name: {"values": rounded(p, 9), "gradient": rounded(p.grad, 5)} for name, p in shown.items()},
        "shared_gradients": {name: rounded(p.grad, 5) for name, p in shared.items()},
    }, separators=(",", ":")) + "\n")
    print(f"denoising/tied.json: loss {value.item()}")


write_denoising()
