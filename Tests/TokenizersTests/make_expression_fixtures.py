"""Makes Fixtures/expressions.json with the reference's tokenizers: where regular expressions cut texts.

Run: python make_expression_fixtures.py
The expressions are those of tokenizers in wide use and random ones, whose repeats nest and may take nothing.
"""

import json
import random
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, pre_tokenizers

random.seed(11)
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+")
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
IDEOGRAPHS = "[一-龥぀-ゟ゠-ヿ]+"
SMALL = [r"a{", r"{", r"a{,2}", r"a{2}?", r"a{1,3}+", r"(?:|a)*", r"(?:|a)+b", r"(?:a?)*?b", r"(?m).b", r"(?<n>a)b", r"a**", r"(?:a*)*", "]"]
ATOMS = ["a", "b", "c", "1", " ", "-", "A", ".", r"\s", r"\w", r"\d", r"\S", r"\W", "[ab]", "[^a]", r"[a\d]", r"\b", r"\B", "^", "$",
         r"\p{L}", r"\p{N}", "(?=a)", "(?!b)", "(?i:a)"]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{0,2}", "{2,}", "{,2}", "{1,2}?", "{2}?", "{1,3}+"]


def expression(depth=0):
    kind = random.random()
    if depth > 3 or kind < 0.35:
        return random.choice(ATOMS)
    first, second = expression(depth + 1), expression(depth + 1)
    if kind < 0.55:
        return first + second
    if kind < 0.8:
        return random.choice(["(?:%s|%s)", "(?:|%s)%s", "(?>%s)%s", "(?!%s)%s", "(?=%s)%s"]) % (first, second)
    return "(?:" + first + ")" + random.choice(REPEATS)


def text():
    parts = [random.choice(list("aab bc1\n-A")) for _ in range(random.randrange(1, 12))]
    if random.random() < 0.4:
        parts.insert(0, random.choice(["'LL", "\r\n ", "\u3000", "\u017f", "\u212a", "\u00b2\u00bd", "\u0663", "\u01c5\u02b0", "中文", "e\u0301",
                                       "1234567", "!!!\n\n", "АБв"]))
    return "".join(parts)


vocabulary = {"?": 0}
for character in [chr(c) for c in range(0x20, 0x7F)] + list("\n\r"):
    for token in (character, "##" + character):
        vocabulary.setdefault(token, len(vocabulary))
model = models.BPE(vocab=vocabulary, merges=[], unk_token="?", continuing_subword_prefix="##")
texts = ["", "a" * 30, " " * 20 + "x", "ab" * 12] + [text() for _ in range(20)]
cases = []
for pattern in [GPT2, LLAMA3, QWEN2, O200K, DEEPSEEK, CL100K, BLOOM, IDEOGRAPHS] + SMALL + [expression() for _ in range(60)]:
    tokenizer = Tokenizer(model)
    try:
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    except Exception:  # Some random expressions are none, such as a repeat of `^`.
        continue
    cases.append({"pattern": pattern, "ids": [tokenizer.encode(text).ids for text in texts]})
description = json.loads(tokenizer.to_str())
description["pre_tokenizer"] = None
path = Path(__file__).parent / "Fixtures" / "expressions.json"
path.write_text(json.dumps({"tokenizer": description, "texts": texts, "cases": cases}, separators=(",", ":")) + "\n")
