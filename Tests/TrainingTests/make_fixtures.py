"""Makes the reference numbers of TrainingTests with torch and transformers:

    python Tests/TrainingTests/make_fixtures.py
"""
import json
import os

import torch
from transformers import TrainingArguments, get_scheduler
from transformers.trainer_pt_utils import get_parameter_names

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")


def schedules():
    cases = []
    for name, kwargs in [("linear", {}), ("cosine", {}), ("cosine", {"num_cycles": 1.5}), ("cosine_with_restarts", {"num_cycles": 3}),
                         ("polynomial", {"power": 2.0}), ("polynomial", {"lr_end": 1e-5, "power": 1.0}), ("constant", {}),
                         ("constant_with_warmup", {}), ("inverse_sqrt", {}), ("inverse_sqrt", {"timescale": 5})]:
        for warmup, total in [(0, 20), (4, 20), (7, 31)]:
            optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
            schedule = get_scheduler(name, optimizer, warmup, total, dict(kwargs))
            factors = []
            for _ in range(total + 1):
                factors.append(optimizer.param_groups[0]["lr"] / 1e-3)
                optimizer.step()
                schedule.step()
            cases.append({"name": name, "settings": kwargs, "warmup": warmup, "total": total, "factors": factors})
    return cases


def adamw():
    """Twenty steps on two parameters, one with weight decay, gradients given, clipped to a norm of 1."""
    torch.manual_seed(3)
    weight, bias = torch.nn.Parameter(torch.randn(5, 7)), torch.nn.Parameter(torch.randn(11))
    start = [weight.detach().flatten().tolist(), bias.detach().flatten().tolist()]
    optimizer = torch.optim.AdamW([{"params": [weight], "weight_decay": 0.1}, {"params": [bias], "weight_decay": 0.0}],
                                  lr=1e-2, betas=(0.9, 0.99), eps=1e-7)
    gradients, norms = [], []
    for step in range(20):
        weight.grad, bias.grad = torch.randn(5, 7) * (0.1 + step / 10), torch.randn(11)
        gradients.append([weight.grad.flatten().tolist(), bias.grad.flatten().tolist()])
        norms.append(torch.nn.utils.clip_grad_norm_([weight, bias], 1.0).item())
        optimizer.param_groups[0]["lr"] = optimizer.param_groups[1]["lr"] = 1e-2 * (1 - step / 20)
        optimizer.step()
    return {"start": start, "gradients": gradients, "norms": norms, "end": [weight.detach().flatten().tolist(), bias.detach().flatten().tolist()]}


def sgd():
    torch.manual_seed(4)
    weight = torch.nn.Parameter(torch.randn(9))
    start = weight.detach().tolist()
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9, weight_decay=0.01)
    gradients = []
    for _ in range(6):
        weight.grad = torch.randn(9)
        gradients.append(weight.grad.tolist())
        optimizer.step()
    return {"start": start, "gradients": gradients, "end": weight.detach().tolist()}


def decay_names():
    """Which parameters of a BERT cross-encoder the reference's trainer decays."""
    from transformers import BertConfig, BertForSequenceClassification
    model = BertForSequenceClassification(BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16))
    patterns = [r"bias", r"layernorm", r"rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)"]
    decayed = set(get_parameter_names(model, [torch.nn.LayerNorm], patterns))
    return [{"name": name, "decays": name in decayed} for name, _ in model.named_parameters()]


def warmup_steps():
    cases = []
    for value, total in [(0, 100), (10, 100), (0.1, 100), (0.1, 15), (0.05, 33), (1, 100)]:
        cases.append({"value": value, "total": total, "steps": TrainingArguments(output_dir="unused", warmup_steps=value).get_warmup_steps(total)})
    return cases


def loss_curve():
    """Fifty steps of a small reranker without dropout, with the reference's loss, optimizer and schedule on given batches.

    The model is that of EncodersTests with dropout 0; its folder is written beside the numbers."""
    import random
    import shutil
    from sentence_transformers import CrossEncoder
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss

    source = os.path.join(HERE, "..", "..", "EncodersTests", "Fixtures", "ranker")
    folder = os.path.join(HERE, "curve-model")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    config["hidden_dropout_prob"] = config["attention_probs_dropout_prob"] = 0.0
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2)

    with open(os.path.join(folder, "tokenizer.json")) as file:
        words = [word for word in json.load(file)["model"]["vocab"] if word.isalpha() and word.isascii() and len(word) > 1]
    chooser = random.Random(5)
    steps, size = 50, 8
    rows = []
    for _ in range(steps * size):
        query = chooser.sample(words, 3)
        label = chooser.randint(0, 1)
        document = chooser.sample(words, chooser.randint(2, 6))
        if label:
            document[0] = query[0]
        rows.append([" ".join(query), " ".join(document), label])

    model = CrossEncoder(folder, num_labels=1)
    model.train()
    loss = BinaryCrossEntropyLoss(model, pos_weight=torch.tensor(1.5))
    patterns = [r"bias", r"layernorm", r"rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)"]
    decayed = set(get_parameter_names(loss, [torch.nn.LayerNorm], patterns))
    groups = [{"params": [p for n, p in loss.named_parameters() if n in decayed], "weight_decay": 0.01},
              {"params": [p for n, p in loss.named_parameters() if n not in decayed], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=2e-3)
    schedule = get_scheduler("linear", optimizer, 5, steps)
    losses, norms = [], []
    for step in range(steps):
        batch = rows[step * size:(step + 1) * size]
        value = loss([[r[0] for r in batch], [r[1] for r in batch]], torch.tensor([r[2] for r in batch]))
        value.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(loss.parameters(), 1.0).item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(value.item())
    return {"rows": rows, "batch_size": size, "losses": losses, "norms": norms}


def without_dropout(source, name):
    """A copy of a model folder of EncodersTests with dropout 0."""
    import shutil
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(HERE, "..", "..", "EncodersTests", "Fixtures", source), folder)
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    config["hidden_dropout_prob"] = config["attention_probs_dropout_prob"] = 0.0
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2)
    return folder


def sentence_loss_curve():
    """Fifty steps of a small embedding model without dropout: CosineSimilarityLoss through the reference's own trainer, with a
    prompt before the second column, on rows in their order."""
    import random
    import tempfile
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from torch.utils.data import SequentialSampler
    from transformers import TrainerCallback

    folder = without_dropout("sentence-transformer", "sentence-curve-model")
    with open(os.path.join(folder, "tokenizer.json")) as file:
        words = [word for word in json.load(file)["model"]["vocab"] if word.isalpha() and word.isascii() and len(word) > 1]
    chooser = random.Random(6)
    steps, size, prompt = 50, 8, "how is: "
    rows = []
    for _ in range(steps * size):
        first, second = chooser.sample(words, chooser.randint(2, 5)), chooser.sample(words, chooser.randint(2, 6))
        shared = chooser.randint(0, 2)
        second[:shared] = first[:shared]
        rows.append([" ".join(first), " ".join(second), shared / 2])
    columns = {name: [row[index] for row in rows] for index, name in enumerate(["sentence1", "sentence2", "score"])}

    model = SentenceTransformer(folder, device="cpu")
    losses, norms = [], []

    class Recorder(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **kwargs):
            if "grad_norm" in logs:
                norms.append(float(logs["grad_norm"]))

    class Recorded(CosineSimilarityLoss):
        def forward(self, *args, **kwargs):
            value = super().forward(*args, **kwargs)
            losses.append(value.item())
            return value

    class InOrder(SentenceTransformerTrainer):
        def get_batch_sampler(self, dataset, batch_size, drop_last, **kwargs):
            return DefaultBatchSampler(SequentialSampler(dataset), batch_size=batch_size, drop_last=drop_last)

    arguments = SentenceTransformerTrainingArguments(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=size, num_train_epochs=1, learning_rate=2e-3, weight_decay=0.01, warmup_steps=5,
        save_strategy="no", report_to="none", logging_steps=1, use_cpu=True, prompts={"sentence2": prompt}, disable_tqdm=True)
    InOrder(model=model, args=arguments, train_dataset=Dataset.from_dict(columns), loss=Recorded(model), callbacks=[Recorder()]).train()
    return {"rows": rows, "batch_size": size, "prompt": prompt, "losses": losses, "norms": norms}


def main():
    os.makedirs(HERE, exist_ok=True)
    for name, make in [("schedules", schedules), ("adamw", adamw), ("sgd", sgd), ("decay_names", decay_names), ("warmup_steps", warmup_steps),
                       ("loss_curve", loss_curve), ("sentence_loss_curve", sentence_loss_curve)]:
        with open(os.path.join(HERE, name + ".json"), "w") as file:
            json.dump(make(), file)
            file.write("\n")


if __name__ == "__main__":
    main()
