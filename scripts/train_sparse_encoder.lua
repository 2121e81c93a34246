--[[ Trains a sparse encoder: SPLADE on (query, passage) pairs with in-batch negatives.

The task is looking up a dictionary, made from WordNet: the query is an example sentence, the passage the entry, "words:
definition", of the sense that it illustrates. Words count, and so does what they stand for: the sentence may have another form of
the word, and other senses of it are in the corpus too.

  sentx-run scripts/train_sparse_encoder.lua              trains
  sentx-run scripts/train_sparse_encoder.lua --eval-only models/wordnet-splade/final
  SMOKE_TEST=1 sentx-run scripts/train_sparse_encoder.lua the whole path on a handful of rows, one step

The base model has no masked-language-model head; where models/wordnet-mlm/final is missing,
train_masked_language_model.lua makes it first. train_sparse_encoder_distillation.lua goes on from the model made here, and runs
this script by itself where that is missing. It returns the folder of the model.

What was tried, on 3,000 passages (nDCG@10, active dimensions of a query and of a passage; MiniLM throughout; 200 queries, the
first three rows 400; the row of the least-squares head 1,500 passages; the rows before the last begin from a fresh head):
  no training: tokens as they are                                          0.551    7   12
  no training: tokens by inverse document frequency                        0.713    7   11
  no training: all-MiniLM-L6-v2 itself, dense                              0.637  384  384
  head solved for word embeddings by least squares, no training            0.053   26   55
  120 steps of masked words (batch 48), calibrated, no SpladeLoss          0.213  308  414
  the same, 200 steps of 32 pairs, 1e-4, weights 0.03 and 0.02             0.660  158  229
  the same, 300 steps of 32 pairs, 2e-4, weights 0.15 and 0.05             0.775  124  158
  the same, 230 steps of 32 pairs, 2e-4, weights 0.5 and 0.06              0.740   88  166
  as it stands: 200 steps of masked words, 300 steps, same weights          0.769   72  164   (6 minutes on two cores)
The head by least squares was no better a start than a random one: both came to a masked-word loss of 5.9 in 120 steps. What
matters is that the head is calibrated, and that weights are large: 3e-5 hardly trims an embedding that is already sparse.

To fork it for your own data: change the knobs, load your pairs below, keep the rest. The baseline, the log and the verdict with
its active dimensions are done by the trainer. ]]

local sentx = require "sentx"

-- Knobs
local START_MODEL     = "models/wordnet-mlm/final"
local EVAL_SIZE       = 200         -- held-out sentences
local CORPUS_SIZE     = 3000        -- entries, the right ones among them
local STEPS           = 300
local BATCH_SIZE      = 32
local QUERY_WEIGHT    = 0.5         -- more is sparser
local DOCUMENT_WEIGHT = 0.06
local RUN_NAME        = "wordnet-splade"
local OUTPUT_DIR      = "models/" .. RUN_NAME

-- Data: pairs, and a search task of held-out sentences
local train = sentx.load_dataset("data/wordnet/senses.jsonl"):shuffle { seed = 12 }
local dev   = sentx.load_dataset("data/wordnet/senses_dev.jsonl"):shuffle { seed = 12 }:take(EVAL_SIZE)

local queries, corpus, relevant, id_of = {}, {}, {}, {}
local function document(text)
  if not id_of[text] then
    corpus[#corpus + 1] = text
    id_of[text] = #corpus
  end
  return id_of[text]
end
for i, row in dev:iter() do queries[i], relevant[i] = row.query, { document(row.passage) } end
for _, row in train:iter() do
  if #corpus == CORPUS_SIZE then break end
  document(row.passage)
end

local evaluator = sentx.evaluation.SparseInformationRetrievalEvaluator {
  queries = queries, corpus = corpus, relevant_docs = relevant, name = "senses", batch_size = 64,
}

if arg[1] == "--eval-only" then
  evaluator(sentx.SparseEncoder(arg[2] or OUTPUT_DIR .. "/final"), { verbose = true })
  return
end

-- Model, loss, training
if not io.open(START_MODEL .. "/modules.json") then START_MODEL = dofile("scripts/train_masked_language_model.lua") end
local model = sentx.SparseEncoder(START_MODEL, { max_seq_length = 64 })
local loss  = sentx.losses.SpladeLoss(model, sentx.losses.SparseMultipleNegativesRankingLoss(model), {
  query_regularizer_weight = QUERY_WEIGHT, document_regularizer_weight = DOCUMENT_WEIGHT,
})

local trainer = sentx.SparseEncoderTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  args = sentx.SparseEncoderTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    max_steps = STEPS,
    per_device_train_batch_size = BATCH_SIZE,
    learning_rate = 2e-4,
    warmup_steps = 0.1,
    batch_sampler = "no_duplicates",
    -- The best score alone would pick a checkpoint that is not sparse yet.
    eval_strategy = "steps",
    eval_steps = 0.5,
    save_strategy = "no",
    logging_steps = 0.05,
    push_to_hub = false,             -- true needs a hub token
    seed = 12,
  },
}

trainer:train()
local folder = trainer.args.output_dir .. "/final"
model:save_pretrained(folder)
return folder
