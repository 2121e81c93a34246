"""Runs sentx-bench and reference.py in turn, several rounds, and prints medians of the pairwise ratios."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys

ALL = ["train-cross-encoder", "encode", "tokenize"]


def run(command, environment):
    """The result objects that a program prints, by workload and precision."""
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    results = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            result = json.loads(line)
            results[result["workload"], result["precision"]] = result
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", default=ALL, help=", ".join(ALL))
    parser.add_argument("--sentx", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()

    common = ["--model", arguments.model, "--data", arguments.data]
    reference = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.py")
    rows = {}
    for number in range(arguments.rounds):
        # One process per workload, so that each peak of memory is its own.
        for workload in arguments.workloads:
            ours = run([arguments.sentx, *common, workload], {"SENTX_NUM_THREADS": str(arguments.threads)})
            theirs = run(
                [sys.executable, reference, *common, "--threads", str(arguments.threads),
                 "--precision", "fp32", "--precision", "bf16", workload], {},
            )
            for (name, precision), result in ours.items():
                rows.setdefault((name, precision), []).append((result, theirs[name, "fp32"], theirs[name, "bf16"]))
        print(f"round {number + 1} of {arguments.rounds} done", file=sys.stderr)

    print(f"{platform.machine()}, {arguments.threads} threads; medians of {arguments.rounds} rounds; ratios are reference time / sentx time")
    header = ["workload", "sentx", "tokens/s", "torch fp32", "torch bf16", "x fp32", "x bf16", "MiB", "torch MiB"]
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for (name, precision), rounds in rows.items():
        def middle(pick):
            return statistics.median(pick(*row) for row in rounds)

        print(
            f"| {name} | {precision} {middle(lambda s, f, b: s['seconds']):.3f} s"
            f" | {middle(lambda s, f, b: s['tokens_per_second']):,.0f}"
            f" | {middle(lambda s, f, b: f['seconds']):.3f} s | {middle(lambda s, f, b: b['seconds']):.3f} s"
            f" | {middle(lambda s, f, b: f['seconds'] / s['seconds']):.2f}"
            f" | {middle(lambda s, f, b: b['seconds'] / s['seconds']):.2f}"
            f" | {middle(lambda s, f, b: s['peak_mebibytes']):,.0f} | {middle(lambda s, f, b: f['peak_mebibytes']):,.0f} |"
        )


if __name__ == "__main__":
    main()
