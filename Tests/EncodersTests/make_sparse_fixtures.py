"""Makes Fixtures/sparse with the reference implementation (sentence-transformers 6.2, torch, CPU).

Run: python make_sparse_fixtures.py
  sparse/NAME/             tiny sparse encoders of every family, as the reference saves them
  sparse/expected.json     what the reference computes with each of them
  sparse/gradients.safetensors   gradients through SpladePooling and of masked-language-model losses
"""

import json
import os
import shutil
import string
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")

import torch
from safetensors.torch import save_file
from sentence_transformers import SparseEncoder
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.modules import Router, SparseAutoEncoder, SparseStaticEmbedding, SpladePooling, Transformer
from transformers import (
    BertConfig, BertForMaskedLM, BertTokenizer, DistilBertConfig, DistilBertForMaskedLM, RobertaConfig, RobertaForMaskedLM)

here = Path(__file__).parent / "Fixtures" / "sparse"
shutil.rmtree(here, ignore_errors=True)
here.mkdir(parents=True)

words = "the of is to how people live city cat dog runs red house".split()
vocabulary = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"] + list(string.ascii_lowercase[:12] + ".?:") + ["##" + c for c in "abcdefgh"] + words
hidden, layers = 12, 2
texts = ["how people live.", "the cat", "", "a dog runs to the red house of the city", "zzz?", "people of the city: how"]


def fill(module, seed):
    """Weights large enough that nothing is near linear, and that scores have both signs."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(1 + 0.2 * noise if "norm" in name.lower() and name.endswith("weight") else 0.3 * noise)
    return module


def body(model, seed, name):
    folder = Path("/tmp/sentx-sparse") / name
    shutil.rmtree(folder, ignore_errors=True)
    fill(model, seed).save_pretrained(folder)
    BertTokenizer(vocab={token: index for index, token in enumerate(vocabulary)}, model_max_length=24).save_pretrained(folder)
    return str(folder)


shared = dict(vocab_size=len(vocabulary), max_position_embeddings=32, pad_token_id=1)
bert_shape = dict(
    hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=3, intermediate_size=20, hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0, **shared)
bert = body(BertForMaskedLM(BertConfig(**bert_shape)), 1, "bert")
distilbert = body(
    DistilBertForMaskedLM(DistilBertConfig(
        dim=hidden, n_layers=layers, n_heads=3, hidden_dim=20, dropout=0.0, attention_dropout=0.0, **shared)), 2, "distilbert")
roberta = body(
    RobertaForMaskedLM(RobertaConfig(type_vocab_size=1, tie_word_embeddings=False, hidden_act="relu", **bert_shape)), 3, "roberta")


def mlm(folder):
    return Transformer(folder, transformer_task="fill-mask")


models = {
    "bert-max": SparseEncoder(modules=[mlm(bert), SpladePooling("max")]),
    "bert-sum": SparseEncoder(modules=[mlm(bert), SpladePooling("sum", activation_function="log1p_relu")]),
    "distilbert": SparseEncoder(modules=[mlm(distilbert), SpladePooling("max", activation_function="log1p_relu")]),
    "roberta": SparseEncoder(modules=[mlm(roberta), SpladePooling("sum")], similarity_fn_name="cosine"),
}
tokenizer = models["bert-max"].tokenizer
weight = torch.linspace(0.1, 2, len(vocabulary))
models["router"] = SparseEncoder(modules=[Router.for_query_document(
    query_modules=[SparseStaticEmbedding(tokenizer, weight=weight, frozen=True)],
    document_modules=[mlm(bert), SpladePooling("max")])])
models["csr"] = SparseEncoder(modules=[
    Transformer(bert), Pooling(hidden, pooling_mode="mean"), fill(SparseAutoEncoder(hidden, hidden_dim=30, k=5, normalize=True), 5)])

expected, gradients = {"texts": texts}, {}
for name, model in models.items():
    model.save_pretrained(str(here / name), create_model_card=False)
    for path in (here / name).rglob("tokenizer.json"):
        path.write_text(json.dumps(json.loads(path.read_text()), separators=(",", ":"), ensure_ascii=False))
    document = model.encode_document(texts, convert_to_sparse_tensor=False)
    query = model.encode_query(texts, convert_to_sparse_tensor=False)
    few = model.encode_document(texts, convert_to_sparse_tensor=False, max_active_dims=3)
    sparsity = model.sparsity(document)
    expected[name] = {
        "document": document.tolist(), "query": query.tolist(), "few": few.tolist(), "sparsity": [sparsity["active_dims"], sparsity["sparsity_ratio"]],
        "similarity": model.similarity(query, document).tolist(), "decoded": [] if name == "csr" else [[list(x) for x in row] for row in model.decode(document, top_k=4)],
        "intersection": model.intersection(query[0], document).to_dense().tolist(),
    }
    if name in ["router", "csr"]:
        continue
    model.train()
    embedding = model(model.preprocess(texts))["sentence_embedding"]
    (embedding * torch.linspace(-1, 1, embedding.numel()).reshape(embedding.shape)).sum().backward()
    for key, parameter in model[0].model.named_parameters():
        if parameter.grad is not None:  # An untied head has a bias that it does not use.
            gradients[f"{name}.{key}"] = parameter.grad.clone()
    model.zero_grad()
    masked = model.preprocess(texts)
    ids = masked["input_ids"]
    labels = torch.where((ids > 4) & (torch.arange(ids.numel()).reshape(ids.shape) % 3 == 0), ids, -100)
    masked["input_ids"] = torch.where(labels >= 0, torch.tensor(4), ids)
    keys = ("input_ids", "attention_mask", "token_type_ids")
    loss = model[0].model(**{k: masked[k] for k in keys if k in masked and not (k == "token_type_ids" and name == "distilbert")}, labels=labels).loss
    loss.backward()
    keep = masked["attention_mask"].bool()
    expected[name]["mlm"] = {
        "ids": [row[mask].tolist() for row, mask in zip(masked["input_ids"], keep)],
        "labels": [row[mask].tolist() for row, mask in zip(labels, keep)], "loss": loss.item()}
    for key, parameter in model[0].model.named_parameters():
        if parameter.grad is not None:
            gradients[f"mlm.{name}.{key}"] = parameter.grad.clone()
json.dump(expected, open(here / "expected.json", "w"))
save_file({k: v.contiguous() for k, v in gradients.items()}, here / "gradients.safetensors")
