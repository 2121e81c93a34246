"""One workload on sentence-transformers: what is done in a timed unit, and a number that shows it is the same work."""

import contextlib
import time

import torch

from sentence_transformers import CrossEncoder, SentenceTransformer, SparseEncoder


def flattened(output):
    """The loss as one number; some give their terms by name."""
    return sum(output.values()) if isinstance(output, dict) else output


class Work:
    """`description` has the keys task, model, precision, max_length, mini_batch_size, checkpointing."""

    def __init__(self, description):
        self.description = description
        self.task = description["task"]
        self.is_bf16 = description["precision"] == "bf16"
        self.model = self.load()
        if self.task in ("encode", "tokenize"):
            return
        self.loss = self.make_loss()
        if description["checkpointing"]:
            self.model.gradient_checkpointing_enable()
        # The optimizer that its trainer takes by default.
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=2e-5, weight_decay=0.01, fused=True)

    def load(self):
        path, length = self.description["model"], self.description["max_length"]
        if self.task in ("cross-entropy", "lambda"):
            return CrossEncoder(path, device="cpu", max_length=length)
        model = SparseEncoder(path, device="cpu") if self.task == "splade" else SentenceTransformer(path, device="cpu")
        if length is not None:
            model.max_seq_length = length
        return model

    def make_loss(self):
        from sentence_transformers import cross_encoder, sentence_transformer, sparse_encoder

        pairs, dense, sparse = cross_encoder.losses, sentence_transformer.losses, sparse_encoder.losses
        model = self.model
        if self.task == "ranking":
            return dense.MultipleNegativesRankingLoss(model)
        if self.task == "cached-ranking":
            return dense.CachedMultipleNegativesRankingLoss(model, mini_batch_size=self.description["mini_batch_size"])
        if self.task == "matryoshka":
            return dense.MatryoshkaLoss(model, dense.MultipleNegativesRankingLoss(model), self.description["dimensions"])
        if self.task == "splade":
            inner = sparse.SparseMultipleNegativesRankingLoss(model)
            return sparse.SpladeLoss(model, inner, document_regularizer_weight=3e-5, query_regularizer_weight=5e-5)
        if self.task == "cross-entropy":
            return pairs.BinaryCrossEntropyLoss(model)
        return pairs.LambdaLoss(model, weighting_scheme=pairs.NDCGLoss2PPScheme())

    def precision(self):
        return torch.autocast("cpu", dtype=torch.bfloat16) if self.is_bf16 else contextlib.nullcontext()

    def value(self, batch):
        columns, labels = batch["columns"], batch.get("labels")
        if self.task == "cross-entropy":
            return flattened(self.loss(columns, torch.tensor(labels)))
        if self.task == "lambda":
            return flattened(self.loss(columns, [torch.tensor(row) for row in labels]))
        return flattened(self.loss([self.model.preprocess(column) for column in columns], None))

    def tokens(self, batch):
        length = self.description["max_length"]
        return self.model.tokenizer(batch["columns"][0], truncation=length is not None, max_length=length)["input_ids"]

    def encoded(self, batch):
        with self.precision():
            return self.model.encode(batch["columns"][0], batch_size=32, show_progress_bar=False)

    def check(self, batch):
        """The loss without dropout, the mean size of an element of the embeddings, or the mean token id; and a first run of the work."""
        if self.task == "tokenize":
            ids = self.tokens(batch)
            return sum(map(sum, ids)) / sum(map(len, ids))
        if self.task == "encode":
            return float(abs(self.encoded(batch)).mean())
        self.model.eval()
        with torch.no_grad(), self.precision():
            value = float(self.value(batch))
        self.step(batch)
        return value

    def step(self, batch):
        self.model.train()
        with self.precision():
            value = self.value(batch)
        # Cached losses run the model again in the backward pass; without this they would do so in float32, which is slower.
        with self.precision() if self.task == "cached-ranking" else contextlib.nullcontext():
            value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def timed(self, batch):
        """Seconds that a unit takes, from texts to the result."""
        work = {"encode": self.encoded, "tokenize": self.tokens}.get(self.task, self.step)
        began = time.perf_counter()
        work(batch)
        return time.perf_counter() - began

    def matrix_peak(self):
        """The best rate of a product of 2,048 x 2,048 matrices, in GFLOP/s."""
        size = 2048
        a = torch.randn(size, size).to(torch.bfloat16 if self.is_bf16 else torch.float32)
        best = float("inf")
        for _ in range(4):
            began = time.perf_counter()
            a @ a
            best = min(best, time.perf_counter() - began)
        return 2 * size**3 / best * 1e-9
