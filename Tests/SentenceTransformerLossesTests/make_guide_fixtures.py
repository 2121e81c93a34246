"""Writes Fixtures/guides/gist.json: GISTEmbedLoss with real models, whose guides read what the model reads of a text.

Needs sentence-transformers 6.2 with torch (CPU). Run it from anywhere:  python make_guide_fixtures.py

Models are those of the encoders' tests. A case names the folders of model and guide, the length that each cuts texts to, a
prompt, whether the guide minds the case of letters, and has the loss that the reference computes.
"""
import json
import pathlib
import shutil
import tempfile

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import CachedGISTEmbedLoss, GISTEmbedLoss

here = pathlib.Path(__file__).parent
models = here.parent / "EncodersTests" / "Fixtures"
columns = [
    ["The dog runs to the red house, people live in it.", "How many people live in the city?", "a cat is red", "Water: the RIVER of BERLIN"],
    ["the dog runs. is it the house of the cat?", "people, people and people live in the city of berlin", "the cat sleeps, red and blue",
     "the river's water \u00fc \u2603 is of the city, how blue is it"],
    ["the cat runs", "how many cats live in the house", "a blue dog. a red dog", ""],
]
MINILM, FIRST, DISTIL, LAYERS, MPNET = "sentence-transformer", "modules/first", "modules/distilbert", "modules/layers", "mpnet/sentence-transformer"
cases = [
    # The guide has the model's vocabulary and reads as much or more: it gets the model's tokens.
    (FIRST, 6, DISTIL, 16, None, False), (DISTIL, 5, LAYERS, 5, None, False), (LAYERS, 7, FIRST, 16, "the city: ", False),
    # It reads less: it gets text, and cuts it once more.
    (FIRST, 12, DISTIL, 6, None, False), (DISTIL, 12, FIRST, 7, "how? ", False),
    # It has other words.
    (FIRST, 6, MINILM, 16, None, False), (MINILM, 8, MPNET, 9, None, False), (MPNET, 7, FIRST, 16, "the city: ", False),
    # It minds the case of letters, which the model's tokens have lost.
    (FIRST, 12, MINILM, 16, None, True), (MINILM, 16, FIRST, 16, None, True),
]


def load(folder, length, minds_case):
    if not minds_case:
        model = SentenceTransformer(str(models / folder), device="cpu")
    else:
        with tempfile.TemporaryDirectory() as copy:
            shutil.copytree(models / folder, copy, dirs_exist_ok=True)
            for name in ("tokenizer.json", "tokenizer_config.json"):
                path = pathlib.Path(copy) / name
                path.write_text(path.read_text().replace('"lowercase": true', '"lowercase": false').replace('"do_lower_case": true', '"do_lower_case": false'))
            model = SentenceTransformer(copy, device="cpu")
            assert "House" not in model.tokenizer.get_vocab() and model.tokenizer.tokenize("HOUSE") == ["[UNK]"]
    model.max_seq_length = length
    assert model.max_seq_length == length
    return model.eval()


written = []
for folder, length, guide_folder, guide_length, prompt, minds_case in cases:
    model, guide = load(folder, length, False), load(guide_folder, guide_length, minds_case)
    values = []
    for kind, options in ((GISTEmbedLoss, {}), (CachedGISTEmbedLoss, {"mini_batch_size": 3})):
        loss = kind(model, guide, temperature=0.1, **options).eval()
        with torch.no_grad():
            values.append(float(loss([model.preprocess(column, prompt=prompt) for column in columns], None)))
    assert abs(values[0] - values[1]) < 1e-5, values
    with torch.no_grad():
        whole = GISTEmbedLoss(model, guide, temperature=0.1).eval()
        whole.must_retokenize = True
        whole.tokenizer = type("Whole", (), {"batch_decode": lambda self, ids, **_: texts.pop(0)})()
        texts = [[(prompt or "") + text for text in column] for column in columns]
        other = float(whole([model.preprocess(column, prompt=prompt) for column in columns], None))
    print(folder, length, guide_folder, guide_length, loss.must_retokenize, values, "with whole texts", other)
    written.append({"model": folder, "length": length, "guide": guide_folder, "guide_length": guide_length, "prompt": prompt,
                    "guide_minds_case": minds_case, "value": float(f"{values[0]:.9g}")})

(here / "Fixtures" / "guides" / "gist.json").write_text(json.dumps({"columns": columns, "temperature": 0.1, "cases": written}, ensure_ascii=True, indent=1) + "\n")
