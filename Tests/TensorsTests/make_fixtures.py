"""Writes Fixtures/torch.json: results of torch where the meaning of an operation is subtle.

Run with an interpreter that has torch: python make_fixtures.py
Non-finite numbers are written as the strings "nan", "inf" and "-inf".
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

nan, inf = math.nan, math.inf


def plain(value):
    if isinstance(value, torch.Tensor):
        return {"shape": list(value.shape), "dtype": "float32" if value.dtype == torch.float32 else "int64", "values": plain(value.detach().flatten().tolist())}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return value


cases = {}


def case(name, inputs, function):
    """Records inputs, outputs and, where a float output depends on float inputs, the gradients of its weighted sum."""
    tensors = [torch.tensor(values) if not isinstance(values, torch.Tensor) else values.clone() for values in inputs]
    for tensor in tensors:
        if tensor.dtype == torch.float32:
            tensor.requires_grad_()
    outputs = function(*tensors)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    record = {"inputs": plain(tensors), "outputs": plain(outputs)}
    first = outputs[0]
    if first.requires_grad:
        weights = torch.arange(1, first.numel() + 1, dtype=torch.float32).reshape(first.shape)
        (first * weights).sum().backward()
        record["gradients"] = [plain(t.grad) if t.grad is not None else None for t in tensors]
    cases[name] = record


torch.manual_seed(7)
matrix = torch.randn(3, 4)
batch = torch.randn(2, 3, 4)
ties = [[2.0, 5.0, 5.0, 1.0], [3.0, 3.0, 3.0, 3.0]]
special = [0.0, -0.0, 1.5, -2.5, 2.5, nan, inf, -inf, 1e-30, -1e30]

case("std", [matrix], lambda x: x.std())
case("std dim", [matrix], lambda x: x.std(dim=0))
case("std population", [matrix], lambda x: x.std(dim=-1, correction=0, keepdim=True))
case("std of one", [[1.0]], lambda x: x.std())
case("var negative dim", [batch], lambda x: x.var(dim=-2))
case("norm", [matrix], lambda x: torch.linalg.vector_norm(x))
case("norm 1", [matrix], lambda x: torch.linalg.vector_norm(x, 1, dim=1))
case("norm 3", [matrix], lambda x: torch.linalg.vector_norm(x, 3, dim=0, keepdim=True))
case("norm infinity", [matrix], lambda x: torch.linalg.vector_norm(x, inf, dim=1))
case("norm 0", [[0.0, 2.0, 0.0, nan]], lambda x: torch.linalg.vector_norm(x, 0).detach())
case("norm of zeros", [[0.0, 0.0]], lambda x: torch.linalg.vector_norm(x))
case("logsumexp", [[[-inf, 0.0], [1000.0, 1000.0]]], lambda x: torch.logsumexp(x, 1))
case("logsumexp of infinities", [[[-inf, -inf], [inf, 1.0]]], lambda x: torch.logsumexp(x, 1).detach())
case("logsumexp keepdim", [batch], lambda x: torch.logsumexp(x, -2, keepdim=True))
case("softmax", [[[-inf, 0.0, 1.0], [1000.0, 999.0, -1000.0]]], lambda x: x.softmax(-1))
case("softmax of -inf", [[-inf, -inf]], lambda x: x.softmax(0).detach())
case("log_softmax", [[[-inf, 0.0, 1.0], [1000.0, 999.0, -1000.0]]], lambda x: x.log_softmax(-1))
case("log_softmax middle", [batch], lambda x: x.log_softmax(1))
case("argmax ties", [ties], lambda x: x.argmax(1))
case("argmin ties", [ties], lambda x: x.argmin(0))
case("argmax all", [ties], lambda x: x.argmax())
case("argmax nan", [[1.0, nan, inf]], lambda x: x.argmax())
case("max dim", [ties], lambda x: x.max(1))
case("max all", [ties], lambda x: x.max())
case("amax", [ties], lambda x: x.amax(1))
case("maximum ties", [[1.0, 2.0, nan], [1.0, 3.0, 0.0]], lambda a, b: torch.maximum(a, b))
case("topk", [[3.0, 1.0, 4.0, 1.5, 9.0, 2.0]], lambda x: x.topk(3))
case("topk smallest", [[[3.0, 1.0, 4.0], [0.0, -1.0, nan]]], lambda x: x.topk(2, largest=False))
case("sort stable", [[2.0, 1.0, 2.0, 1.0, nan, -inf]], lambda x: x.sort(stable=True))
case("sort stable descending", [[2.0, 1.0, 2.0, 1.0, nan, -inf]], lambda x: x.sort(descending=True, stable=True))
case("clamp at bounds", [[-1.0, 0.0, 1.0, 2.0, -2.0]], lambda x: x.clamp(-1.0, 1.0))
case("clamp min above max", [[-1.0, 0.5, 3.0]], lambda x: x.clamp(2.0, 1.0))
case("abs", [special], lambda x: x.abs())
case("sign", [special], lambda x: x.sign())
case("round", [[0.5, 1.5, 2.5, -0.5, -1.5, 2.3]], lambda x: x.round())
case("remainder", [[5.0, -5.0, 5.0, -5.0, 0.0], [3.0, 3.0, -3.0, -3.0, 2.0]], lambda a, b: torch.remainder(a, b))
case("floor divide", [[5.0, -5.0, 7.5], [3.0, 3.0, -2.0]], lambda a, b: (a // b).detach())
case("integer remainder", [[5, -5, 5, -5], [3, 3, -3, -3]], lambda a, b: torch.remainder(a, b))
case("integer floor divide", [[5, -5, 5, -5], [3, 3, -3, -3]], lambda a, b: a // b)
case("integer division", [[5, -5], [3, 2]], lambda a, b: a / b)
case("integer power", [[2, -3, 5], [3, 3, 0]], lambda a, b: a**b)
case("power", [[0.0, 2.0, -2.0, 4.0], [2.0, 0.0, 3.0, 0.5]], lambda a, b: a**b)
case("sqrt and log of negative", [[-1.0, 0.0, 4.0]], lambda x: (x.sqrt() + x.log()).detach())
case("gelu", [[-4.0, -1.0, -0.1, 0.0, 0.1, 1.0, 4.0]], lambda x: F.gelu(x))
case("softplus", [[-100.0, -30.0, 0.0, 15.0, 30.0, 100.0]], lambda x: F.softplus(x))
case("log_sigmoid", [[-100.0, -1.0, 0.0, 1.0, 100.0]], lambda x: F.logsigmoid(x))
case("sigmoid", [[-100.0, -80.0, 0.0, 1.0, 100.0]], lambda x: x.sigmoid())
case("prod with zeros", [[[2.0, 0.0, 3.0], [0.0, 0.0, 4.0]]], lambda x: x.prod(1))
case("cumsum", [matrix], lambda x: x.cumsum(0))
case("mean of whole numbers", [[True, False, True]], lambda x: x.float().mean().detach())
case("sum of truth values", [[True, False, True]], lambda x: x.sum())
case("gather", [matrix, [[0, 3], [1, 1]]], lambda x, i: x.gather(1, i))
case("cosine_similarity", [matrix, torch.randn(3, 4)], lambda a, b: F.cosine_similarity(a, b))
case("cosine_similarity of zero", [[[0.0, 0.0]], [[1.0, 2.0]]], lambda a, b: F.cosine_similarity(a, b))
case("normalize", [[[3.0, 4.0], [0.0, 0.0]]], lambda x: F.normalize(x))
case("layer_norm", [matrix, torch.randn(4), torch.randn(4)], lambda x, w, b: F.layer_norm(x, (4,), w, b, 1e-12))
case("cross_entropy", [matrix, [1, 3, 0]], lambda x, t: F.cross_entropy(x, t))
case("cross_entropy none", [matrix, [1, 3, 0]], lambda x, t: F.cross_entropy(x, t, reduction="none"))
case("cross_entropy weighted", [matrix, [1, -100, 0]],
     lambda x, t: F.cross_entropy(x, t, weight=torch.tensor([1.0, 2.0, 0.5, 3.0]), label_smoothing=0.1))
case("cross_entropy of probabilities", [matrix, torch.randn(3, 4).softmax(1)],
     lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1))
case("cross_entropy -inf", [[[0.0, -inf, 1.0]], [0]], lambda x, t: F.cross_entropy(x, t).detach())
case("bce", [[-200.0, -1.0, 0.0, 2.0, 200.0], [0.0, 1.0, 0.5, 0.0, 1.0]],
     lambda x, t: F.binary_cross_entropy_with_logits(x, t.detach(), pos_weight=torch.tensor(5.0), reduction="none"))
case("huber", [[0.0, 1.0, 3.0], [0.5, 0.0, 0.0]], lambda x, t: F.huber_loss(x, t, delta=0.7))
case("smooth_l1", [[0.0, 1.0, 3.0], [0.5, 0.0, 0.0]], lambda x, t: F.smooth_l1_loss(x, t, beta=0.5, reduction="sum"))
case("kl_div", [matrix.log_softmax(1), [[0.5, 0.5, 0.0, 0.0], [0.25] * 4, [1.0, 0.0, 0.0, 0.0]]],
     lambda x, t: F.kl_div(x, t.detach(), reduction="batchmean"))
case("broadcast sub", [torch.randn(2, 1, 3), torch.randn(4, 1)], lambda a, b: a - b)
case("matmul broadcast", [torch.randn(2, 1, 2, 3), torch.randn(2, 3, 2)], lambda a, b: a @ b)

path = pathlib.Path(__file__).parent / "Fixtures" / "torch.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(cases, indent=None, separators=(",", ":")).replace('},"', '},\n"') + "\n")
print(len(cases), "cases,", path.stat().st_size, "bytes")
