"""The reference's side of the comparison: the workloads of sentx-bench on sentence-transformers and torch.

Prints one JSON object per workload and precision, with the keys that sentx-bench prints. Run by compare.sh.
"""

import argparse
import csv
import json
import resource
import statistics
import time

import torch


def read_rows(path):
    """Rows (text, text, number) of a CSV file without a header."""
    with open(path, newline="", encoding="utf-8") as file:
        return [(first, second, float(score)) for first, second, score in csv.reader(file)]


def report(name, precision, seconds, tokens):
    middle = statistics.median(seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "workload": name,
        "precision": precision,
        "seconds": round(middle, 5),
        "tokens_per_second": round(tokens / middle, 1),
        "peak_mebibytes": round(peak, 1),
    }
    print(json.dumps(result), flush=True)


def cross_encoder_training(arguments, rows, precision):
    from sentence_transformers import CrossEncoder
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss

    torch.manual_seed(1)
    model = CrossEncoder(arguments.model, num_labels=1, max_length=128, device="cpu")
    model.train()
    loss = BinaryCrossEntropyLoss(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    size = 32
    seconds, tokens = [], []
    for step in range(arguments.warmup + arguments.steps):
        batch = rows[step * size : (step + 1) * size]
        texts = [[row[0] for row in batch], [row[1] for row in batch]]
        labels = torch.tensor([row[2] / 5 for row in batch])
        start = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            value = loss(texts, labels)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step >= arguments.warmup:
            seconds.append(time.perf_counter() - start)
            encoded = model.tokenizer(*texts, truncation=True, max_length=128)["input_ids"]
            tokens.append(sum(map(len, encoded)))
    report("train-cross-encoder", precision, seconds, statistics.mean(tokens))


def encoding(arguments, rows, precision):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(arguments.model, device="cpu")
    texts = [text for row in rows for text in row[:2]][: arguments.texts]
    tokens = sum(map(len, model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)["input_ids"]))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            model.encode(texts, batch_size=32, show_progress_bar=False)
        seconds.append(time.perf_counter() - start)
    report("encode", precision, seconds, tokens)


def tokenizing(arguments, rows, precision):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    texts = [text for row in rows for text in row[:2]][: arguments.texts]
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        ids = tokenizer(texts, truncation=True, max_length=128)["input_ids"]
        seconds.append(time.perf_counter() - start)
    report("tokenize", precision, seconds, sum(map(len, ids)))


WORKLOADS = {"train-cross-encoder": cross_encoder_training, "encode": encoding, "tokenize": tokenizing}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True, help="CSV without header: text, text, score from 0 to 5")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--precision", choices=["fp32", "bf16"], action="append")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rows = read_rows(arguments.data)
    for workload in arguments.workloads:
        for precision in arguments.precision or ["fp32"]:
            WORKLOADS[workload](arguments, rows, precision)


if __name__ == "__main__":
    main()
