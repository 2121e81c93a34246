"""The reference's side of the comparison: sentence-transformers on torch, led by sentx-bench through pipes.

Imports the reference once, then does what each line on standard input asks for, a JSON object, and answers each with a line.
`open` forks a process of its own for a workload in one precision; `check`, `unit` and `close` are passed on to that process.
"""

import contextlib
import json
import os
import platform
import resource
import sys

import sentence_transformers
import torch
import transformers

from reference_models import make_models
from reference_work import Work

# Answers go to what was standard output; what libraries print goes to standard error.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def serve_work(requests, reply, description):
    """The loop of a forked process."""
    torch.set_num_threads(description["threads"])
    torch.manual_seed(1)
    work = Work(description)
    reply({})
    for line in requests:
        request = json.loads(line)
        if request["do"] == "check":
            reply({"check": work.check(request["batch"])})
        elif request["do"] == "unit":
            reply({"seconds": work.timed(request["batch"])})
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            reply({"peak_mebibytes": peak, "peak_gigaflops": work.matrix_peak()})
            return


class Child:
    """A forked process with the pipes to and from it."""

    def __init__(self, description):
        to_child, from_parent = os.pipe()
        to_parent, from_child = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(from_parent), os.close(to_parent)
            output = os.fdopen(from_child, "w", buffering=1)

            def reply(answer):
                output.write(json.dumps(answer) + "\n")

            try:
                serve_work(os.fdopen(to_child), reply, description)
            except BaseException as error:  # the other side has to hear of it, whatever it is
                reply({"error": f"{type(error).__name__}: {error}"})
            os._exit(0)
        os.close(to_child), os.close(from_child)
        self.output, self.input = os.fdopen(from_parent, "w", buffering=1), os.fdopen(to_parent)

    def answer(self):
        return self.input.readline().strip() or '{"error": "the process of the reference ended; is memory short?"}'

    def ask(self, line):
        try:
            self.output.write(line)
        except BrokenPipeError:
            pass  # it has ended, which the answer says
        return self.answer()

    def end(self):
        for stream in (self.output, self.input):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        os.waitpid(self.pid, 0)


def main():
    children = {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "versions":
            versions = {
                "sentence-transformers": sentence_transformers.__version__,
                "transformers": transformers.__version__,
                "torch": torch.__version__,
                "Python": platform.python_version(),
            }
            answers.write(json.dumps(versions) + "\n")
        elif request["do"] == "models":
            # In a process of its own: the one that forks must not have computed anything, else its threads are lost in the fork.
            pid = os.fork()
            if pid == 0:
                try:
                    answers.write(json.dumps(make_models(request["base"], request["folder"], request["kinds"])) + "\n")
                except BaseException as error:
                    answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")
                os._exit(0)
            os.waitpid(pid, 0)
        elif request["do"] == "open":
            child = children[request["session"]] = Child(request)
            answers.write(child.answer() + "\n")
        else:
            answers.write(children[request["session"]].ask(line) + "\n")
            if request["do"] == "close":
                children.pop(request["session"]).end()


main()
