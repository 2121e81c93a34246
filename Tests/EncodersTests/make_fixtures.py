"""Makes Fixtures/ with the reference implementation (sentence-transformers 6.2, torch, CPU).

Run: python make_fixtures.py
  cross-encoder/        a tiny model as the reference saves it
  cross-encoder.safetensors   ids, hidden states, logits and gradients of it, dropout off
  scores.json           texts, scores and ranks by CrossEncoder.predict and rank
  sentence-transformer/ a tiny model with a Dense module, as the reference saves it
  pooling.safetensors   token embeddings and what every pooling mode makes of them
  adapter-st/, adapter-second/, adapter-ce/, adapters.safetensors   LoRA adapters, and what models compute with them
  adapter-router/       an adapter of the first transformer behind the Router of modules/router (make_module_fixtures.py)
  minilm.safetensors, minilm.json   only if SENTX_MODEL names the folder of all-MiniLM-L6-v2
"""

import json
import os
import shutil
import string
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

here = Path(__file__).parent / "Fixtures"
here.mkdir(exist_ok=True)

words = "the a of in is and to how many people live berlin city river cat dog runs sleeps blue red house tree water".split()
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list(string.ascii_lowercase + string.digits + ".,?!")
vocabulary += ["##" + c for c in string.ascii_lowercase] + words + ["##ing", "##ed", "##er"]


def configuration(**extra):
    return BertConfig(
        vocab_size=len(vocabulary), hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
        max_position_embeddings=40, type_vocab_size=2, hidden_act="gelu", **extra)


def fill(model, seed):
    """Weights large enough that no part of the model is near linear."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(1 + 0.2 * noise if "LayerNorm.weight" in name else 0.3 * noise)


def bare_folder(model, name):
    folder = Path("/tmp") / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    tokenizer = BertTokenizer(vocab={token: index for index, token in enumerate(vocabulary)})
    tokenizer.save_pretrained(folder)
    return str(folder)


def save(model, name):
    shutil.rmtree(here / name, ignore_errors=True)
    model.save_pretrained(str(here / name), create_model_card=False)
    # The tokenizer file is most of the folder: written without its spaces.
    path = here / name / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()), separators=(",", ":"), ensure_ascii=False))


def packed(values, mask):
    return torch.cat([row[keep.bool()] for row, keep in zip(values, mask)])


pairs = [
    ("how many people live in berlin?", "berlin is a city."),
    ("the cat sleeps", "a dog runs, and the red cat sleeps in the blue house of the tree"),
    ("water", ""),
    ("river", "the river is blue water 1234567 and the dog runs to the city of berlin in the tree house"),
    ("is the dog red?", "the dog is not sleeping."),
]

# The cross-encoder, three labels.
bare = BertForSequenceClassification(configuration(num_labels=3))
fill(bare, 1)
model = CrossEncoder(bare_folder(bare, "sentx-bare"), max_length=32, prompts={"query": "query: "})
save(model, "cross-encoder")
model.eval()
features = model.preprocess(pairs)
mask = features["attention_mask"]
body = model.model
output = body.bert(**{k: features[k] for k in ("input_ids", "token_type_ids", "attention_mask")})
logits = body(**{k: features[k] for k in ("input_ids", "token_type_ids", "attention_mask")}).logits
factors = torch.linspace(-1, 1, logits.numel()).reshape(logits.shape)
(logits * factors).sum().backward()
tensors = {
    "ids": packed(features["input_ids"], mask), "type_ids": packed(features["token_type_ids"], mask),
    "lengths": mask.sum(1), "hidden": packed(output.last_hidden_state, mask), "logits": logits, "factors": factors,
}
for name, parameter in body.named_parameters():
    tensors["gradient." + name] = parameter.grad
save_file({k: v.detach().contiguous() for k, v in tensors.items()}, here / "cross-encoder.safetensors")

single = BertForSequenceClassification(configuration(num_labels=1))
fill(single, 2)
ranker = CrossEncoder(bare_folder(single, "sentx-single"))
save(ranker, "ranker")
documents = [second for _, second in pairs]
json.dump(
    {
        "pairs": pairs,
        "logits": model.predict(pairs).tolist(),
        "softmax": model.predict(pairs, apply_softmax=True).tolist(),
        "sigmoid": model.predict(pairs, activation_fn=torch.nn.Sigmoid()).tolist(),
        "prompted": model.predict(pairs, prompt_name="query").tolist(),
        "scores": ranker.predict(pairs).tolist(),
        "ranks": [[r["corpus_id"], r["score"]] for r in ranker.rank("the red dog", documents, top_k=3)],
        "query": "the red dog",
    },
    open(here / "scores.json", "w"), indent=1)

# The sentence transformer.
bare = BertModel(configuration())
fill(bare, 3)
transformer = Transformer(bare_folder(bare, "sentx-body"), max_seq_length=16)
pooling = Pooling(24, pooling_mode=("mean", "cls"), include_prompt=False)
torch.manual_seed(4)
model = SentenceTransformer(
    modules=[transformer, pooling, Dense(48, 8, activation_function=torch.nn.Tanh()), Normalize()],
    prompts={"query": "how many ", "document": ""})
save(model, "sentence-transformer")
texts = [second or first for first, second in pairs]
json.dump(
    {
        "texts": texts,
        "embeddings": model.encode(texts).tolist(),
        "queries": model.encode_query(texts).tolist(),
        "truncated": model.encode(texts, truncate_dim=5, normalize_embeddings=True).tolist(),
        "similarity": model.similarity(model.encode(texts), model.encode(texts)).tolist(),
    },
    open(here / "embeddings.json", "w"), indent=1)

# Pooling.
torch.manual_seed(5)
lengths = [4, 1, 7]
padded = torch.randn(3, 7, 6)
mask = torch.tensor([[1] * n + [0] * (7 - n) for n in lengths])
modes = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
tensors = {"tokens": packed(padded, mask), "lengths": torch.tensor(lengths)}
for mode in modes:
    result = Pooling(6, pooling_mode=mode)({"token_embeddings": padded, "attention_mask": mask})
    tensors[mode] = result["sentence_embedding"]
    short = Pooling(6, pooling_mode=mode, include_prompt=False)(
        {"token_embeddings": padded[[0, 2]], "attention_mask": mask[[0, 2]], "prompt_length": 2})
    tensors["prompted." + mode] = short["sentence_embedding"]
save_file({k: v.contiguous() for k, v in tensors.items()}, here / "pooling.safetensors")

# LoRA adapters: of the sentence transformer above (one in a model's folder, one in a bare PEFT folder), and of the cross-encoder.
def randomise(model, seed):
    """Values that change the outputs, where PEFT begins with none."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name or "modules_to_save" in name or (parameter.requires_grad and "bias" in name):
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))


def save_adapter(model, name, base, keeps):
    model.save_pretrained(str(here / name), create_model_card=False)
    for path in list((here / name).glob("*")):
        if path.is_file() and path.name not in keeps:
            path.unlink()
    path = here / name / "adapter_config.json"
    settings = json.loads(path.read_text())
    settings["base_model_name_or_path"] = base
    settings["target_modules"] = sorted(settings["target_modules"]) if isinstance(settings["target_modules"], list) else settings["target_modules"]
    path.write_text(json.dumps(settings, indent=1) + "\n")


def adapter_fixtures():
    from peft import LoraConfig

    adapter_names = ["adapter_config.json", "adapter_model.safetensors"]
    module_names = adapter_names + ["modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"]
    texts = json.load(open(here / "embeddings.json"))["texts"]
    pairs = json.load(open(here / "scores.json"))["pairs"]
    tensors = {}

    def gradients(kind, model, output):
        factors = torch.linspace(-1, 1, output.numel()).reshape(output.shape)
        model.zero_grad()
        (output * factors).sum().backward()
        for name, parameter in model.named_parameters():
            if parameter.grad is not None and "model." in name:
                tensors[f"{kind}.gradient." + name.removeprefix("0.model.").replace("modules_to_save.default.", "")
                        .replace("base_layer.", "")] = parameter.grad

    model = SentenceTransformer(str(here / "sentence-transformer"))
    model.add_adapter(LoraConfig(r=4, lora_alpha=16, lora_dropout=0.1, target_modules=["query", "key", "intermediate.dense", "layer.1.output.dense"]))
    randomise(model, 11)
    model.eval()
    gradients("st", model, model(model.preprocess(texts))["sentence_embedding"])
    tensors["st.embeddings"] = torch.tensor(model.encode(texts))
    save_adapter(model, "adapter-st", "../sentence-transformer", module_names)
    model.add_adapter(LoraConfig(r=3, lora_alpha=6, use_rslora=True, target_modules=r".*layer\.[01]\.attention\.(self\.value|self\.query)"), adapter_name="second")
    randomise(model.transformers_model.encoder, 12)
    with torch.no_grad():
        # Only the second one changes here.
        saved = load_file(here / "adapter-st" / "adapter_model.safetensors")
        for name, parameter in model.named_parameters():
            key = "base_model.model." + name.removeprefix("0.model.").replace(".default", "")
            if ".default." in name:
                parameter.copy_(saved[key])
    tensors["st.second"] = torch.tensor(model.encode(texts))
    save_adapter(model, "adapter-second", "../sentence-transformer", adapter_names)
    shutil.rmtree(here / "adapter-second" / "1_Pooling"), shutil.rmtree(here / "adapter-second" / "2_Dense"), shutil.rmtree(here / "adapter-second" / "3_Normalize")
    model.set_adapter(["default", "second"])
    tensors["st.both"] = torch.tensor(model.encode(texts))
    model.disable_adapters()
    tensors["st.disabled"] = torch.tensor(model.encode(texts))

    model = CrossEncoder(str(here / "cross-encoder"))
    model.add_adapter(LoraConfig(
        r=2, lora_alpha=8, target_modules="all-linear", modules_to_save=["classifier"], task_type="SEQ_CLS", bias="lora_only",
        rank_pattern={r"layer\.1\.attention\.self\.query": 5}, alpha_pattern={"pooler.dense": 3}))
    randomise(model, 13)
    model.eval()
    features = model.preprocess(pairs)
    gradients("ce", model, model.model(**{k: features[k] for k in ("input_ids", "token_type_ids", "attention_mask")}).logits)
    tensors["ce.logits"] = torch.tensor(model.predict(pairs, activation_fn=torch.nn.Identity()))
    save_adapter(model, "adapter-ce", "../cross-encoder", module_names)

    model = SentenceTransformer(str(here / "modules/router"), device="cpu")
    model.add_adapter(LoraConfig(r=2, lora_alpha=6, target_modules=["query", "value"]))
    randomise(model, 14)
    tensors["router.query"] = torch.tensor(model.encode_query(texts))
    tensors["router.document"] = torch.tensor(model.encode_document(texts))
    model.save_pretrained(str(here / "adapter-router"), create_model_card=False)
    part = "document_0_Transformer"
    for name in ["tokenizer.json", "tokenizer_config.json"]:
        (here / "adapter-router" / part / name).unlink()
    path = here / "adapter-router" / part / "adapter_config.json"
    settings = json.loads(path.read_text())
    settings["base_model_name_or_path"] = "../../modules/router/" + part
    settings["target_modules"] = sorted(settings["target_modules"])
    path.write_text(json.dumps(settings, indent=1) + "\n")
    path = here / "adapter-router" / "query_0_StaticEmbedding/tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()), separators=(",", ":"), ensure_ascii=False))
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, here / "adapters.safetensors")


adapter_fixtures()

# Real weights.
if folder := os.environ.get("SENTX_MODEL"):
    openings = ["", "Why", "In the beginning", "The quick brown fox", "A man is playing a guitar", "Ein Mann spielt Gitarre",
                "東京は日本の首都です", "naïve café", "1, 2, 3 and 4.5%", "supercalifragilisticexpialidocious",
                "🙂 emoji", "SHOUTING TEXT", "x" * 120, "Tabs\tand\nnewlines", "e\u0301 combining", "int main(void) { return 0; }",
                "Quantum computers factor large numbers", "the the the the", "Москва", "What is love?"]
    endings = ["", " over the lazy dog.", " and then some more was said about it, at length, by everyone who was there",
               "?", " in 1984", " | a table", " of the people, by the people, for the people, shall not perish from the earth",
               " — with dashes — and “quotes”", " " + "word " * 40, " " + "many different long sentences follow here, " * 30]
    texts = [a + b for a in openings for b in endings]
    model = SentenceTransformer(folder)
    embeddings = torch.tensor(model.encode(texts))
    basis = torch.tensor([[((i * 7 + j * 13) % 23 - 11) / 11 for j in range(8)] for i in range(384)])
    # A head from a formula, so that scores need no more weights than the body.
    reranker = CrossEncoder(folder, num_labels=1)
    with torch.no_grad():
        head = reranker.model.classifier
        head.weight.copy_(torch.tensor([[((i * 29) % 17 - 8) / 32 for i in range(384)]]))
        head.bias.fill_(0.125)
    scores = torch.tensor(reranker.predict([(texts[i], texts[(i * 37 + 11) % len(texts)]) for i in range(len(texts))],
                                           activation_fn=torch.nn.Identity()))
    save_file({"leading": embeddings[:, :16].contiguous(), "projected": embeddings @ basis, "scores": scores}, here / "minilm.safetensors")
    json.dump(texts, open(here / "minilm.json", "w"), ensure_ascii=False, indent=0)
