"""Makes Fixtures/modules with the reference implementation (sentence-transformers 6.2, torch, CPU).

Run: python make_module_fixtures.py
  modules/NAME/            tiny models of every kind of module and architecture, as the reference saves them
  modules/asym/            the same in the layout of version 2: older class paths, flags of pooling, Asym
  modules/expected.json    what the reference computes with each of them
  modules/activations.json values of every activation of Dense
"""

import json
import os
import shutil
import string
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense, Dropout, LayerNorm, Normalize, Pooling, Router, StaticEmbedding, Transformer, WeightedLayerPooling)
from transformers import (
    BertConfig, BertModel, BertTokenizer, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel, XLMRobertaConfig, XLMRobertaModel)

here = Path(__file__).parent / "Fixtures" / "modules"
shutil.rmtree(here, ignore_errors=True)
here.mkdir(parents=True)

words = "the of is to how people live city cat dog runs red house".split()
vocabulary = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"] + list(string.ascii_lowercase + ".,?:") + ["##" + c for c in string.ascii_lowercase] + words
hidden, layers = 12, 3
texts = ["how people live.", "the cat", "", "a dog runs to the red house of the city", "zzz?", "people of the city: how"]


def fill(module, seed):
    """Weights large enough that nothing is near linear."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(1 + 0.2 * noise if "norm" in name.lower() and name.endswith("weight") else 0.3 * noise)
    return module


def body(model_class, configuration, seed, name):
    folder = Path("/tmp/sentx-modules") / name
    shutil.rmtree(folder, ignore_errors=True)
    fill(model_class(configuration), seed).save_pretrained(folder)
    BertTokenizer(vocab={token: index for index, token in enumerate(vocabulary)}, model_max_length=24).save_pretrained(folder)
    return str(folder)


def bert(seed, name, **extra):
    configuration = BertConfig(
        vocab_size=len(vocabulary), hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=3, intermediate_size=20,
        max_position_embeddings=32, pad_token_id=1, **extra)
    return Transformer(body(BertModel, configuration, seed, name))


def static(seed, truncated=False):
    tokenizer = BertTokenizer(vocab={token: index for index, token in enumerate(vocabulary)})._tokenizer
    module = fill(StaticEmbedding(tokenizer, embedding_dim=hidden), seed)
    if truncated:
        module.tokenizer.enable_truncation(4)
    return module


def compact(folder):
    """Tokenizer files without their spaces."""
    for path in folder.rglob("tokenizer.json"):
        path.write_text(json.dumps(json.loads(path.read_text()), separators=(",", ":"), ensure_ascii=False))


expected = {}


def expect(name, model, **more):
    model.eval()
    entry = {"texts": texts, "parameters": [n for n, p in model.named_parameters() if ".pooler." not in n]}
    for key, encode in [("embeddings", model.encode), ("queries", model.encode_query), ("documents", model.encode_document)]:
        try:
            entry[key] = encode(texts).tolist()
        except ValueError:
            entry[key] = None
    entry.update(more)
    expected[name] = entry


def save(name, model, **more):
    model.eval()
    model.save_pretrained(str(here / name), create_model_card=False)
    compact(here / name)
    expect(name, SentenceTransformer(str(here / name), device="cpu"), **more)


torch.manual_seed(0)
everything = SentenceTransformer(device="cpu", modules=[
    bert(1, "layers", output_hidden_states=True),
    fill(WeightedLayerPooling(hidden, num_hidden_layers=layers, layer_start=1, layer_weights=torch.nn.Parameter(torch.ones(3))), 2),
    fill(Dense(hidden, hidden, activation_function=torch.nn.GELU(), module_input_name="token_embeddings", use_residual=True), 3),
    Normalize(module_input_name="token_embeddings"),
    Pooling(hidden, pooling_mode=("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"), include_prompt=False),
    fill(LayerNorm(6 * hidden), 4),
    Dropout(0.3),
    fill(Dense(6 * hidden, 8, activation_function=torch.nn.PReLU(), use_residual=True), 5),
], prompts={"query": "how people: ", "passage": "unused "}, default_prompt_name="passage", similarity_fn_name="dot")
save("layers", everything, prompted=everything.encode(texts, prompt="the ").tolist(),
     tokens=[t.tolist() for t in everything.encode(texts[:2], output_value="token_embeddings", prompt_name="query")])

first = SentenceTransformer(device="cpu", modules=[bert(6, "first"), Pooling(hidden, "cls", include_prompt=False)], truncate_dim=7,
                            prompts={"query": "the city: "})
features = first.preprocess(texts, prompt="the ")
first[0].model.config.output_hidden_states = True
states = first[0](dict(features))["all_layer_embeddings"]
first[0].model.config.output_hidden_states = False
per_layer = [first[1]({**features, "token_embeddings": s})["sentence_embedding"].tolist() for s in states]
save("first", first, layers=per_layer)

save("router", SentenceTransformer(device="cpu", modules=[
    Router.for_query_document(query_modules=[static(7)], document_modules=[bert(8, "router"), Pooling(hidden)]),
    Normalize()], prompts={"query": "a ", "document": "the "}))

shared, pooling = bert(9, "shared"), Pooling(hidden, "mean")
inner = Router({"document": [fill(Dense(6, 5), 10)], "other": [fill(Dense(6, 5), 11)]}, default_route="other")
save("shared", SentenceTransformer(device="cpu", modules=[Router(
    {"question": [shared, pooling, fill(Dense(hidden, 6, activation_function=torch.nn.Mish()), 12), fill(Dense(6, 5, bias=False), 13)],
     "passage": [shared, pooling, fill(Dense(hidden, 6, activation_function=torch.nn.Softsign()), 14), inner]},
    allow_empty_key=False, route_mappings={("query", "text"): "question", ("document", None): "passage", ("x", ("text", "image")): "passage"})]))

save("static", SentenceTransformer(device="cpu", modules=[static(15, truncated=True)], prompts={"query": "people "}))

# The layout of version 2.
old = SentenceTransformer(device="cpu", modules=[bert(16, "asym"), Pooling(hidden, ("cls", "mean")), Router(
    {"query": [fill(Dense(2 * hidden, 5), 17)], "document": [fill(Dense(2 * hidden, 5, activation_function=None), 18)]}), Normalize()])
old.save_pretrained(str(here / "asym"), create_model_card=False)
compact(here / "asym")
folder = here / "asym"
for name in ["config_sentence_transformers.json", "3_Normalize/config.json"]:
    (folder / name).unlink()
(folder / "3_Normalize").rmdir()
(folder / "2_Router").rename(folder / "2_Asym")
(folder / "2_Asym/router_config.json").rename(folder / "2_Asym/config.json")
for name, change in [
    ("modules.json", lambda m: [{**e, "type": "sentence_transformers.models." + t, "path": p} for e, t, p in zip(
        m, ["Transformer", "Pooling", "Asym", "Normalize"], ["", "1_Pooling", "2_Asym", "3_Normalize"])]),
    ("1_Pooling/config.json", lambda m: {
        "word_embedding_dimension": hidden, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False}),
    ("2_Asym/config.json", lambda m: {
        "types": {k: "sentence_transformers.models.Dense.Dense" for k in m["types"]}, "structure": m["structure"],
        "parameters": {"allow_empty_key": True}}),
    ("sentence_bert_config.json", lambda m: {"max_seq_length": 9, "do_lower_case": False}),
]:
    path = folder / name
    path.write_text(json.dumps(change(json.loads(path.read_text())), indent=2))
(folder / "3_Normalize").mkdir()
(folder / "3_Normalize/.gitkeep").write_text("")
expect("asym", SentenceTransformer(str(folder), device="cpu"))

for name, model_class, configuration in [
    ("roberta", RobertaModel, RobertaConfig(
        vocab_size=len(vocabulary), hidden_size=hidden, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
        max_position_embeddings=26, type_vocab_size=1, pad_token_id=1)),
    ("xlm-roberta", XLMRobertaModel, XLMRobertaConfig(
        vocab_size=len(vocabulary), hidden_size=hidden, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
        max_position_embeddings=26, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5)),
    ("distilbert", DistilBertModel, DistilBertConfig(
        vocab_size=len(vocabulary), dim=hidden, n_layers=2, n_heads=3, hidden_dim=20, max_position_embeddings=24, pad_token_id=1)),
]:
    save(name, SentenceTransformer(device="cpu", modules=[
        Transformer(body(model_class, configuration, 20 + len(name), name)), Pooling(hidden, "mean")]))

json.dump(expected, open(here / "expected.json", "w"), separators=(",", ":"))

values = torch.linspace(-4, 7, 24).reshape(3, 8) * 1.05
names = ("Identity Tanh Sigmoid ReLU GELU SiLU Mish ELU CELU SELU LeakyReLU PReLU RReLU ReLU6 Hardtanh Hardsigmoid Hardswish Hardshrink "
         "Softplus Softsign Softshrink Tanhshrink LogSigmoid Softmax Softmin LogSoftmax").split()
outputs = {}
for name in names:
    function = getattr(torch.nn, name)(**({"dim": 1} if "max" in name or "min" in name else {})).eval()
    outputs[f"{type(function).__module__}.{name}"] = function(values).tolist()
json.dump({"values": values.tolist(), "outputs": outputs}, open(here / "activations.json", "w"), separators=(",", ":"))
