"""Makes Fixtures/padding with the reference implementation (sentence-transformers 6, torch, CPU): texts that contain the pad token.

Run after make_mpnet_fixtures.py: python make_padding_fixtures.py
  padding/roberta/        a tiny RoBERTa with mean pooling
  padding/expected.json   texts, and their embeddings by it and by mpnet/sentence-transformer
"""

import json
import shutil
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaModel

fixtures = Path(__file__).parent / "Fixtures"
here = fixtures / "padding"
shutil.rmtree(here, ignore_errors=True)
here.mkdir(parents=True)

tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] + "the of is to how people live city cat dog runs red house".split()
texts = ["the cat", "the <pad> cat", "<pad>", "<pad> <pad> the dog runs <pad> to the city <pad>", "how people live<pad><pad>in the house"]

tokenizer = Tokenizer(models.WordLevel({token: index for index, token in enumerate(tokens)}, unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
configuration = RobertaConfig(vocab_size=len(tokens), hidden_size=12, num_hidden_layers=1, num_attention_heads=3, intermediate_size=20,
                              max_position_embeddings=40, type_vocab_size=1, pad_token_id=1)
model = RobertaModel(configuration)
generator = torch.Generator().manual_seed(5)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.copy_(1 + 0.2 * noise if name.endswith("LayerNorm.weight") else 0.3 * noise)
bare = "/tmp/sentx-padding"
shutil.rmtree(bare, ignore_errors=True)
model.save_pretrained(bare)
PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", pad_token="<pad>",
                        unk_token="<unk>", mask_token="<mask>", model_max_length=38).save_pretrained(bare)
transformer = Transformer(bare)
SentenceTransformer(modules=[transformer, Pooling(12, pooling_mode="mean")], device="cpu").save_pretrained(
    str(here / "roberta"), create_model_card=False)

expected = {"texts": texts}
for name, folder in [("roberta", here / "roberta"), ("mpnet", fixtures / "mpnet" / "sentence-transformer")]:
    reference = SentenceTransformer(str(folder), device="cpu")
    expected[name] = [reference.encode([text])[0].tolist() for text in texts]
(here / "expected.json").write_text(json.dumps(expected) + "\n")
