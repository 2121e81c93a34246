"""Makes the fixtures of TokenizersTests with the reference libraries `tokenizers` and `transformers`.

Usage: make_fixtures.py [FOLDER_OF_ALL_MINILM_L6_V2]

Every folder below Fixtures holds a small tokenizer, trained here on the text below, and `expected.json`: the ids of
every text of `hostile.json`, the ids of pairs under truncation, and decoded texts.
"""
import itertools
import json
import pathlib
import random
import struct
import sys

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers)

HERE = pathlib.Path(__file__).parent / "Fixtures"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

TRAINING = """
The harbour master counted the boats twice before the storm and once after it.
A short walk along the river takes you past the mill, the bakery and the old school.
She mends clocks; he repairs violins. Neither of them owns a working radio.
Please don't leave the window open: the cat will not come back before 7.30 tonight.
Three hundred and twelve people signed the letter, which wasn't enough to save the theatre.
In 1987 the price of a loaf rose from 45 to 52 pence, an increase of almost 16 %.
Quarterly figures (unaudited) show higher revenue, lower costs and a small loss.
"Where did you put the ladder?" asked the neighbour. "Behind the shed," she answered.
Unbelievably, the rewritten programme compiled without a single warning or error.
Tomatoes, onions, garlic, olive oil and a pinch of salt: that is the whole recipe.
The committee will reconsider its decision when new measurements become available.
Der Bäcker verkauft süße Brötchen, und die Straße vor dem Rathaus ist gesperrt.
Les élèves ont étudié le français à l'école près de la forêt pendant l'été.
El niño pequeño comió una manzana en la cocina mientras su mamá leía el periódico.
Čtyřicet žáků přišlo včas a učitelka jim přečetla příběh o žluťoučkém koni.
Παλιά στην πόλη ζούσε ένας ψαράς που μιλούσε με τη θάλασσα κάθε πρωί.
Старый моряк рассказывал детям о штормах, китах и далёких островах.
東京の駅で電車を待っている人は本を読んでいます。
我们昨天在图书馆看了很多书,今天想休息。
서울에서 부산까지 기차로 세 시간이 걸립니다.
ภาษาไทยไม่มีช่องว่างระหว่างคำ
ครูอ่านหนังสือให้เด็กฟังทุกวัน
हिन्दी में लिखा हुआ एक छोटा वाक्य यहाँ है।
كتب الطالب رسالة قصيرة إلى صديقه القديم.
זה משפט קצר בעברית על ספר ישן.
Tiếng Việt có nhiều dấu thanh khác nhau.
www.example.org/path?query=value&page=2 mail@example.org #topic @name C++ x_1 = y_2
""".strip().split("\n")


def hostile():
    """Texts that break tokenizers."""
    texts = ["", " ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u0000", "a\u0000b", "\ufffd", "a\ufffdb",
             "\u0001\u0002", "a\u0007b", "\u0085", "a\u0085b", "\u2028x\u2029y", "a\u00adb", "\u180e", "\x7f", "x\u200by",
             "hello", "Hello World", " leading", "trailing ", "two  spaces", "tab\tand\nnewline", "UPPER lower MiXeD",
             "don't can't won't I'm you're we've he'll she'd it's", "DON'T I'M", "naïve café résumé", "nai\u0308ve cafe\u0301",
             "e\u0301\u0327", "e\u0327\u0301", "\u0301", "\u0301\u0301\u0301", "a\u0301", " \u0301a", "a \u0301", "\u0345", "α\u0345",
             "\u1e9b\u0323", "\u212b \u00c5 A\u030a", "\u0344", "\u0958", "\u2126 \u212a", "ǅ ǆ Ǆ", "İstanbul", "ISTANBUL ıspanak",
             "i\u0307", "Straße STRASSE ẞ", "ﬁ ﬂ ﬀ ﬃ ﬄ ﬅ", "ŉ ǰ ΐ ΰ", "ΣΑΣ σας ΟΔΥΣΣΕΥΣ", "ΆΈΉΊΌΎΏ", "ᾳ ᾼ ῼ", "Ωμέγα",
             "ＦＵＬＬ　ｗｉｄｔｈ　１２３", "ｶﾀｶﾅ ﾊﾟ", "①②③ Ⅳ ⅷ ½ ¼ ⅓ ²³", "㎏ ㎡ ㍿ ℡ ™ ℃", "𝓱𝓮𝓵𝓵𝓸 𝐖𝐎𝐑𝐋𝐃", "🄰🄱", "ᴬᴮ ᵃ",
             "中文", "中 文", "中文English混合", "東京の駅", "ひらがな カタカナ", "한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "가각힣",
             "㐀㐁 䶵", "\U00020000\U0002a6d6", "\U0002f800", "豈更", "〇", "々", "\u302e가\u302f", "ー・、。「」", "，。！？；：",
             "ภาษาไทย", "ที่นี่", "กำ", "हिन्दी", "क्षि", "தமிழ்", "မြန်မာ", "ខ្មែរ", "ລາວ", "བོད་", "كتاب", "كِتَاب", "ﷺ ﷲ", "שלום", "שָׁלוֹם",
             "\u202eright\u202c left", "\u2066iso\u2069", "Tiếng Việt", "Tie\u0302\u0301ng Vie\u0323\u0302t",
             "😀", "😀😃😄", "👨‍👩‍👧‍👦", "👍🏽", "🇩🇪🇫🇷", "❤️ ❤", "☺︎", "1️⃣", "🏳️‍🌈", "a😀b", "😀 hello", "\u200d", "a\u200db", "\u200c", "क\u200dष",
             "a\ufe0fb", "\U000e0061\U000e007f", "\U000e0100", "\ue000 \uf8ff", "\U000f0000", "\U0010ffff", "\uffff", "\ufffe",
             "\U0001fae8", "\U00011938", "\U00011935\U00011930", "\u32ff", "\u1734\u1885\ua9bd", "\u166d", "\u0897", "\u1acf",
             "[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[mask]", "a[MASK]b", "the [MASK] sat", "[MASK][MASK]", "[ MASK ]",
             "[SEP] and [CLS] typed", "x[SEP]", "[[MASK]]", "[MASK", "MASK]", "\u00a0[MASK]\u3000", "[MASK] [MASK]  [MASK]",
             "<s>", "</s>", "<mask>", "a <mask> b", "<unk><pad>", "<s>hello</s>", "the    <mask>    end",
             "##ing", "#", "##", "a##b", "...", "?!?!", "---", "___", "a_b", "a-b-c", "(x)", "{y}", "$5.00", "€20", "50%", "a+b=c",
             "http://example.org/a?b=c&d=e#f", "mail@example.org", "C++ C# F#", "x²+y²", "1,234,567.89", "3.14", "007", "12ab34",
             "1" * 50, "٠١٢٣", "१२३", "৩৪", "\U0001d7ce", "“quoted” ‘single’ «guillemets»", "em—dash en–dash", "¿qué? ¡hola!",
             "a…b", "·•‣", "§¶†‡", "©®", "¬¦|", "`~^", "\\ / \\", "\"'", "a" * 99, "a" * 100, "a" * 101, "a" * 500, "é" * 100, "é" * 101,
             "中" * 101, "x" * 99 + " " + "y" * 101, "e\u0301" * 60, "a" * 90 + "\u0301" * 20, "unbelievably", "rewritten",
             "reconsidering measurements", "zzzzqqqq", "qwxyz harbour", "the the the", "harbourmaster", "The harbour\u0301 master",
             " ".join(["the"] * 300), "word " * 50 + "end", "\u0300 \u0301 \u0302", "a\u20e3", "x\u0489y", "\u0f73", "\u0f71\u0f72",
             "q\u0307\u0323", "q\u0323\u0307", "\u1100\u1161", "\u1161\u11a8", "\uac00\u11a8", "\u1d15e", "\U0001d15e\U0001d165",
             "\u2f00 \u2e80", "\ufa0e\ufa1f", "\ufb1d", "\u0149\u01c4", "\u00aa\u00ba\u00b5", "\u2000\u2001\u2002 \u202f \u205f", "\u1680x",
             "a\u000bb\u000cc", "\u001c\u001d\u001e\u001f", "NULL null None", "ＨＥＬＬＯ［ＭＡＳＫ］", "\u2581hello \u2581", "▁the▁harbour", "Ġthe Ċ",
             "mañana MAÑANA", "ÀÉÎÕÜ àéîõü", "Þórr Æsir Łódź Øre", "ĳ Ĳ", "ſ", "K\u030c", "Ǹ", "ṩ ṩ", "ậ"]
    random.seed(11)
    ranges = [(0x20, 0x7F), (0xA0, 0x600), (0x900, 0xE80), (0x1E00, 0x2070), (0x3040, 0x3100), (0x4E00, 0x4F00), (0xAC00, 0xAD00),
              (0x1F600, 0x1F650), (0x300, 0x370), (0xFF00, 0xFFF0)]
    for _ in range(40):
        pieces = []
        for _ in range(random.randrange(3, 14)):
            low, high = random.choice(ranges)
            pieces.append(chr(random.randrange(low, high)))
            if random.random() < 0.25:
                pieces.append(random.choice([" ", "  ", "[MASK]", "the", "\t"]))
        texts.append("".join(pieces))
    return texts


def bert(vocabulary_size, lowercase, strip_accents):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip_accents)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(TRAINING, trainers.WordPieceTrainer(vocab_size=vocabulary_size, special_tokens=SPECIAL,
                                                                      min_frequency=1))
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    return tokenizer


def byte_level_bpe():
    """As RoBERTa: byte-level BPE, `<mask>` takes the space before it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(TRAINING * 3, trainers.BpeTrainer(
        vocab_size=900, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True, normalized=False)])
    tokenizer.add_tokens([AddedToken("harbourmaster", single_word=True), AddedToken("  ", normalized=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def byte_fallback_bpe():
    """As Llama: characters and bytes, spaces made visible by the normaliser."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    letters = [chr(c) for c in range(0x21, 0x7F)]
    bytes_ = ["<0x%02X>" % b for b in range(256) if b != 0xF0]
    tokenizer.train_from_iterator([line[:60] for line in TRAINING], trainers.BpeTrainer(
        vocab_size=800, special_tokens=["<unk>", "<s>", "</s>"] + bytes_, initial_alphabet=letters, max_token_length=12))
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    return tokenizer


def unigram(byte_fallback):
    """As XLM-RoBERTa: Unigram over visible spaces."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip(False, True)])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    if byte_fallback:
        special += ["<0x%02X>" % b for b in range(256)]
    tokenizer.train_from_iterator(TRAINING * 3, trainers.UnigramTrainer(vocab_size=1000, special_tokens=special, unk_token="<unk>"))
    description = json.loads(tokenizer.to_str())
    description["model"]["byte_fallback"] = byte_fallback
    tokenizer = Tokenizer.from_str(json.dumps(description))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def charsmap(replacements):
    """A map compiled as SentencePiece does: a double-array trie (Darts-clone) over the keys, then the texts."""
    texts, offsets = b"", {}
    for key, text in replacements.items():
        offsets[key.encode()] = len(texts)
        texts += text.encode() + b"\0"
    units, used = {0: 0}, set()

    def place(prefix, position):
        keys = [key for key in offsets if key.startswith(prefix)]
        labels = sorted({key[len(prefix)] if len(key) > len(prefix) else 0 for key in keys})
        base = next(b for b in range(1, 1 << 20) if not any(b ^ label in units for label in labels))
        units[position] |= (position ^ base) << 10 | (1 << 8 if labels[0] == 0 else 0)
        for label in labels:
            units[base ^ label] = label if label else offsets[prefix] | 1 << 31
        for label in labels:
            if label:
                place(prefix + bytes([label]), base ^ label)

    place(b"", 0)
    size = max(units) + 256
    return struct.pack("<I", size * 4) + struct.pack("<%dI" % size, *(units.get(i, 0) for i in range(size))) + texts


REPLACEMENTS = {"ﬁ": "fi", "①": "1", "\u00a0": " ", "\n": " ", "e\u0301": "é", "\u0301": "", "A": "a", "Ａ": "A", "\u200d": "",
                "中": "in", "①②": "12", "\u1112": "h", "👍": "+1"}


def parts():
    """Normalisers and pre-tokenisers, one or two at a time."""
    n, p = normalizers, pre_tokenizers
    cases = [(normalizer, p.WhitespaceSplit()) for normalizer in (
        n.NFC(), n.NFD(), n.NFKC(), n.NFKD(), n.Lowercase(), n.StripAccents(), n.Nmt(), n.Strip(), n.Strip(True, False),
        n.Sequence([n.NFD(), n.StripAccents(), n.Lowercase(), n.NFC()]), n.Replace("a", "bb"), n.Replace(Regex(r"\s+"), "_"),
        n.Replace(Regex(r"[^a-z ]"), ""), n.Replace(Regex(r"(?=\d)"), "-"), n.Prepend("x "), n.ByteLevel(),
        n.BertNormalizer(clean_text=False, strip_accents=True, lowercase=False),
        n.BertNormalizer(handle_chinese_chars=False, strip_accents=False), n.Precompiled(charsmap(REPLACEMENTS)))]
    cases += [(None, pre) for pre in (
        None, p.Whitespace(), p.Digits(), p.Digits(True), p.CharDelimiterSplit("e"), p.FixedLength(3), p.Metaspace(),
        p.Metaspace(prepend_scheme="first"), p.Metaspace(prepend_scheme="never", split=False), p.ByteLevel(), p.ByteLevel(False),
        p.ByteLevel(use_regex=False), p.Sequence([p.WhitespaceSplit(), p.Punctuation("merged_with_next"), p.Digits()]),
        p.Sequence([p.Split(Regex(CL100K), "isolated"), p.ByteLevel(False, use_regex=False)]), p.Split(Regex(O200K), "isolated"),
        p.Split(Regex(r"\w+|[^\w\s]+"), "removed", invert=True), p.Split(Regex(r"\b"), "isolated"),
        p.Split(Regex(r"[\w.]+"), "isolated"), p.Split(Regex(r"[^\w]"), "isolated"), p.Split(Regex(r"\w|\s"), "isolated"),
        p.Split(Regex(r"(a|bc?)+?e*"), "isolated"), p.Split(Regex(r"(?>a+)\S|^.|\x{301}$"), "merged_with_previous"))]
    for behavior in BEHAVIORS:
        cases += [(None, p.Punctuation(behavior)), (None, p.Split(" ", behavior)), (None, p.Split("th", behavior, invert=True)),
                  (None, p.Split(Regex(r"\d+|[aeiou]{1,2}"), behavior))]
    return cases


def write_parts(texts):
    """All parts before one model that shows where words begin: a character at the beginning of a word has another id
    than the same character inside a word."""
    characters = [chr(c) for c in range(0x20, 0x180)] + list("\u0301\u0323\u2581中\u1112\u1161カﾊ①ﬁＦ１😀👍\u200d\ufe0fกำ")
    vocabulary = {"?": 0}
    for character in characters:
        vocabulary.setdefault(character, len(vocabulary))
        vocabulary.setdefault("##" + character, len(vocabulary))
    model = models.BPE(vocab=vocabulary, merges=[], unk_token="?", continuing_subword_prefix="##")
    tokenizer = Tokenizer(model)
    cases = []
    for normalizer, pre_tokenizer in parts():
        tokenizer = Tokenizer(model)
        if normalizer is not None:
            tokenizer.normalizer = normalizer
        if pre_tokenizer is not None:
            tokenizer.pre_tokenizer = pre_tokenizer
        tokenizer.add_tokens([AddedToken("MASK", special=True, normalized=False)])
        description = json.loads(tokenizer.to_str())
        cases.append({"normalizer": description["normalizer"], "pre_tokenizer": description["pre_tokenizer"],
                      "ids": [tokenizer.encode(text).ids for text in texts]})
    description["normalizer"] = description["pre_tokenizer"] = None
    write(HERE / "parts.json", {"tokenizer": description, "texts": texts, "cases": cases})


PAIRS = [("", ""), ("", "the harbour"), ("the harbour", ""), ("the boats", "the storm"), ("a b c d e f g", "h i j"),
         ("a b c", "d e f g h i j"), ("a b c d e", "f g h i j"), ("a b c d e f", "g h i j k"), ("a b c d e", "f g h i j k"),
         ("don't leave [MASK] open", "the cat will not come back"), ("中文 mixed", "e\u0301 " * 12), ("x", "y " * 40), ("x " * 40, "y")]


def encode(tokenizer, *texts):
    try:
        encoding = tokenizer.encode(*texts)
        return {"ids": encoding.ids, "type_ids": encoding.type_ids}
    except Exception:
        return None


def expected(tokenizer, texts, pair_lengths):
    tokenizer.no_padding()
    tokenizer.no_truncation()
    result = {"ids": [tokenizer.encode(text).ids for text in texts]}
    result["decoded"] = [tokenizer.decode(tokenizer.encode(text).ids) for text in texts]
    cases = []
    for (first, second), strategy in itertools.product(PAIRS, ["longest_first", "only_first", "only_second"]):
        for length in pair_lengths:
            tokenizer.enable_truncation(length, strategy=strategy)
            cases.append({"first": first, "second": second, "strategy": strategy, "max_length": length,
                          "expected": encode(tokenizer, first, second)})
    for length in (2, 3, 5, 9):
        for direction in ("left", "right"):
            tokenizer.enable_truncation(length, direction=direction)
            cases.append({"first": "a b c d e f g", "strategy": "longest_first", "max_length": length, "direction": direction,
                          "expected": encode(tokenizer, "a b c d e f g")})
    tokenizer.no_truncation()
    result["truncated"] = cases
    return result


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def write_tokenizer(name, tokenizer, configuration, texts, pair_lengths=range(3, 16)):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write(folder / "tokenizer_config.json", configuration)
    write(folder / "expected.json", expected(tokenizer, texts, pair_lengths))


def main():
    texts = hostile()
    write(HERE / "hostile.json", texts)
    roles = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    uncased = bert(1400, True, None)
    write_tokenizer("bert-uncased", uncased, {**roles, "tokenizer_class": "BertTokenizer", "model_max_length": 512}, texts)
    write_tokenizer("bert-cased", bert(1400, False, None),
                    {**roles, "tokenizer_class": "BertTokenizer", "do_lower_case": False}, texts, [8])
    write_tokenizer("bert-accents", bert(1400, True, False),
                    {**roles, "tokenizer_class": "BertTokenizer", "strip_accents": False}, texts, [8])
    vocabulary = sorted(uncased.get_vocab().items(), key=lambda item: item[1])
    (HERE / "bert-vocabulary").mkdir(exist_ok=True)
    (HERE / "bert-vocabulary" / "vocab.txt").write_text("".join(token + "\n" for token, _ in vocabulary))
    names = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    write_tokenizer("byte-level-bpe", byte_level_bpe(), {**names, "model_max_length": 1e30}, texts, [8])
    write_tokenizer("byte-fallback-bpe", byte_fallback_bpe(), {"unk_token": "<unk>", "bos_token": "<s>"}, texts, [8])
    write_tokenizer("unigram", unigram(False), names, texts, [8])
    write_tokenizer("unigram-bytes", unigram(True), names, texts, [8])
    write_parts([text for text in texts if len(text) < 60][::2] + ["x² ¾y¹", "e\u0301\u0301 ①②", "a\u200db"])
    if len(sys.argv) > 1:
        tokenizer = Tokenizer.from_file(sys.argv[1] + "/tokenizer.json")
        tokenizer.no_padding()
        tokenizer.no_truncation()
        write(HERE / "all-minilm-l6-v2.json", [tokenizer.encode(text).ids for text in texts])


if __name__ == "__main__":
    main()
