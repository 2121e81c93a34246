"""Folders of models with random parts, made once so that both sides of the comparison load the same weights."""

import os

import torch


def make_models(base, folder, kinds):
    """Makes those of `kinds` that are not in `folder` yet; gives the path of each."""
    torch.manual_seed(1)
    paths = {}
    for kind in kinds:
        paths[kind] = base if kind == "embedder" else os.path.join(folder, kind)
        if not os.path.isdir(paths[kind]):
            MAKERS[kind](base, paths[kind])
    return paths


def cross_encoder(base, path):
    """The base model with a fresh classification head of one output."""
    from sentence_transformers import CrossEncoder

    CrossEncoder(base, num_labels=1, device="cpu").save_pretrained(path)


def sparse_encoder(base, path):
    """The base model with a fresh vocabulary head, tied to its word embeddings."""
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sentence_transformer.modules import Transformer
    from sentence_transformers.sparse_encoder.modules import SpladePooling

    transformer = Transformer(base, transformer_task="fill-mask")
    SparseEncoder(modules=[transformer, SpladePooling("max")], device="cpu").save_pretrained(path)


def static_embedding(base, path):
    """A table of random vectors of 1,024 numbers for the base model's tokens."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.path.join(base, "tokenizer.json"))
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=1024)], device="cpu").save_pretrained(path)


def base_size(base, path):
    """Random weights in the shape of BERT base: 12 layers of width 768."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    body = path + "-body"
    BertModel(BertConfig()).save_pretrained(body)
    AutoTokenizer.from_pretrained(base).save_pretrained(body)
    transformer = Transformer(body, max_seq_length=512)
    SentenceTransformer(modules=[transformer, Pooling(768)], device="cpu").save_pretrained(path)


MAKERS = {"cross-encoder": cross_encoder, "sparse-encoder": sparse_encoder, "static-embedding": static_embedding, "base-size": base_size}
