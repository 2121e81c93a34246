"""Makes Fixtures/mpnet with the reference implementation (sentence-transformers 6.2, torch, CPU).

Run: python make_mpnet_fixtures.py
  mpnet/sentence-transformer/   a tiny MPNet with mean pooling, as the reference saves it
  mpnet/cross-encoder/          one with a sequence-classification head
  mpnet/expected.safetensors    of the first: ids, hidden states and gradients of every parameter; buckets of distances
  mpnet/expected.json           embeddings of the first, scores of the second
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
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import MPNetConfig, MPNetForSequenceClassification, MPNetModel, MPNetTokenizer
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

here = Path(__file__).parent / "Fixtures" / "mpnet"
shutil.rmtree(here, ignore_errors=True)
here.mkdir(parents=True)

words = "the of is to how people live city cat dog runs red house".split()
vocabulary = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"] + list(string.ascii_lowercase + ".,?")
vocabulary += ["##" + c for c in string.ascii_lowercase] + words
# Long enough for the farthest buckets.
long = "the city of people runs to the red house. " * 17
texts = ["how people live.", "the cat", "", "a dog runs to the red house of the city", "Zzz?", long]
pairs = [("how people live?", "in the city"), ("the cat", ""), ("red", long), ("a dog", "the dog runs")]


def folder(model_class, seed, name, **extra):
    """A bare model with weights large enough that nothing is near linear, and its tokenizer."""
    configuration = MPNetConfig(
        vocab_size=len(vocabulary), hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
        max_position_embeddings=176, layer_norm_eps=1e-5, **extra)
    model = model_class(configuration)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            scale = 0.8 if "relative" in parameter_name else 0.3
            parameter.copy_(1 + 0.2 * noise if parameter_name.endswith("LayerNorm.weight") else scale * noise)
    path = Path("/tmp/sentx-mpnet") / name
    shutil.rmtree(path, ignore_errors=True)
    model.save_pretrained(path)
    MPNetTokenizer(vocab={token: index for index, token in enumerate(vocabulary)}, model_max_length=174).save_pretrained(path)
    return str(path)


def save(model, name):
    model.save_pretrained(str(here / name), create_model_card=False)
    path = here / name / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()), separators=(",", ":"), ensure_ascii=False))


body = Transformer(folder(MPNetModel, 1, "body"))
model = SentenceTransformer(device="cpu", modules=[body, Pooling(12, "mean")])
save(model, "sentence-transformer")
model.eval()
features = model.preprocess(texts)
mask = features["attention_mask"]
states = body.model(input_ids=features["input_ids"], attention_mask=mask).last_hidden_state
packed = torch.cat([row[keep.bool()] for row, keep in zip(states, mask)])
factors = torch.linspace(-1, 1, packed.numel()).reshape(packed.shape)
(packed * factors).sum().backward()
ids = torch.cat([row[keep.bool()] for row, keep in zip(features["input_ids"], mask)])
tensors = {"ids": ids, "type_ids": torch.zeros_like(ids), "lengths": mask.sum(1), "hidden": packed, "factors": factors,
           "distances": torch.arange(-600, 601), "buckets": MPNetEncoder.relative_position_bucket(torch.arange(-600, 601))}
for name, parameter in body.model.named_parameters():
    if parameter.grad is not None:
        tensors["gradient." + name] = parameter.grad
save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, here / "expected.safetensors")

reranker = CrossEncoder(folder(MPNetForSequenceClassification, 2, "reranker", num_labels=1))
save(reranker, "cross-encoder")
json.dump(
    {
        "texts": texts, "embeddings": model.encode(texts).tolist(), "pairs": pairs,
        "scores": reranker.predict(pairs, activation_fn=torch.nn.Identity()).tolist(),
        "ids": model.tokenizer([pairs[0][0]], [pairs[0][1]])["input_ids"][0],
        "parameters": [name for name, _ in model.named_parameters() if ".pooler." not in name],
    },
    open(here / "expected.json", "w"), separators=(",", ":"))
