"""Writes Fixtures/reference.safetensors with the format's own library (safetensors, torch)."""
import os
import torch
from safetensors.torch import save_file

folder = os.path.join(os.path.dirname(__file__), "Fixtures")
values = torch.arange(6, dtype=torch.float32).reshape(2, 3) * 0.375 - 1
half_edges = torch.tensor([0.0, -0.0, 1.0, 65504.0, 2**-24, 2**-14, 0.333251953125, float("inf"), -float("inf"), float("nan")])
tensors = {
    "layer.0.weight": values,
    "layer.0.half": half_edges.to(torch.float16),
    "layer.0.brain": torch.tensor([0.0, 1.0, -3.140625, 1e-40, 3.3895313892515355e38]).to(torch.bfloat16),
    "double": values.double(),
    "ids": torch.tensor([[1, -2], [3, 2**62]]),
    "small": torch.tensor([-128, 127], dtype=torch.int8),
    "flags": torch.tensor([True, False, True]),
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 4),
    "näme \"quoted\"": torch.tensor([7], dtype=torch.int32),
}
save_file(tensors, os.path.join(folder, "reference.safetensors"), metadata={"format": "pt"})
