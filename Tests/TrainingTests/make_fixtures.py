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


def main():
    os.makedirs(HERE, exist_ok=True)
    for name, make in [("schedules", schedules), ("adamw", adamw), ("sgd", sgd), ("decay_names", decay_names), ("warmup_steps", warmup_steps)]:
        with open(os.path.join(HERE, name + ".json"), "w") as file:
            json.dump(make(), file)
            file.write("\n")


if __name__ == "__main__":
    main()
