--[[ Trains a bi-encoder on (anchor, positive) pairs with in-batch negatives.

The task is a reverse dictionary made from WordNet: the anchor is a definition, the positive the words that it defines.
Every other row's words serve as negatives, so batches must not hold the same text twice: batch_sampler sees to that.

  sentx-run scripts/train_sentence_transformer.lua              trains
  sentx-run scripts/train_sentence_transformer.lua --eval-only models/wordnet-bi/final
  SMOKE_TEST=1 sentx-run scripts/train_sentence_transformer.lua the whole path on a handful of rows, one step

To fork it for your own data: change the knobs, load your (anchor, positive) pairs below, or (anchor, positive, negative)
triplets from mine_hard_negatives; keep the rest. The baseline, the log, the checkpoints and the verdict are done by the
trainer. ]]

local sentx = require "sentx"

-- Knobs
local MODEL_NAME  = "sentence-transformers/all-MiniLM-L6-v2"
local TRAIN_SIZE  = 10000       -- pairs
local EVAL_SIZE   = 500         -- held-out definitions, searched for in
local CORPUS_SIZE = 10000       -- words, the right ones among them
local RUN_NAME    = "wordnet-bi"
local OUTPUT_DIR  = "models/" .. RUN_NAME

-- Data: pairs, and a search task of held-out definitions
local train = sentx.load_dataset("data/wordnet/train.jsonl"):shuffle { seed = 12 }:take(TRAIN_SIZE)
local dev   = sentx.load_dataset("data/wordnet/dev.jsonl"):take(EVAL_SIZE)
local words = sentx.load_dataset("data/wordnet/corpus.jsonl"):shuffle { seed = 12 }:take(CORPUS_SIZE)

local queries, corpus, relevant, id_of = {}, {}, {}, {}
local function document(text)
  if not id_of[text] then
    corpus[#corpus + 1] = text
    id_of[text] = #corpus
  end
  return id_of[text]
end
for i, row in dev:iter() do
  queries[i], relevant[i] = row.query, { document(row.passage) }
end
for _, row in words:iter() do document(row.text) end
local evaluator = sentx.evaluation.InformationRetrievalEvaluator {
  queries = queries, corpus = corpus, relevant_docs = relevant, name = "wordnet-dev", batch_size = 64,
}

if arg[1] == "--eval-only" then
  local results = evaluator(sentx.SentenceTransformer(arg[2] or OUTPUT_DIR .. "/final"))
  return print(evaluator.primary_metric, results[evaluator.primary_metric])
end

-- Model, loss, training
local model = sentx.SentenceTransformer(MODEL_NAME, { max_seq_length = 128 })
local loss  = sentx.losses.MultipleNegativesRankingLoss(model)

local trainer = sentx.SentenceTransformerTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  args = sentx.SentenceTransformerTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    num_train_epochs = 1,
    per_device_train_batch_size = 64,
    per_device_eval_batch_size = 64,
    learning_rate = 5e-5,
    weight_decay = 0.01,
    warmup_steps = 0.1,
    batch_sampler = "no_duplicates",
    eval_strategy = "steps",
    eval_steps = 0.25,
    save_strategy = "steps",
    save_steps = 0.25,
    save_total_limit = 2,
    logging_steps = 0.02,
    logging_first_step = true,
    load_best_model_at_end = true,
    metric_for_best_model = "eval_wordnet-dev_cosine_ndcg@10",
    push_to_hub = false,             -- true needs a hub token
    seed = 12,
  },
}

trainer:train()
model:save_pretrained(trainer.args.output_dir .. "/final")
