--[[ Trains a reranker on whole candidate lists with LambdaLoss: (query, documents, labels) rows.

LambdaLoss follows nDCG itself: it weighs every pair in a list by what exchanging the two would change. Use it when each
query has several candidates, above all when their relevance is graded. Here a row is a WordNet definition with its
words (label 1) and mined near misses (label 0).

  sentx-run scripts/train_cross_encoder_listwise.lua
  sentx-run scripts/train_cross_encoder_listwise.lua --eval-only models/wordnet-ce-lambda/final
  SMOKE_TEST=1 sentx-run scripts/train_cross_encoder_listwise.lua

The model's activation is "identity": a sigmoid would press strong scores to 1.0 and spoil the ranking. Preflight stops
a run that gets this wrong. If memory runs out, set gradient_checkpointing and lower mini_batch_size first: both keep the
lists whole. ]]

local sentx = require "sentx"

-- Knobs
local MODEL_NAME     = "sentence-transformers/all-MiniLM-L6-v2"
local RETRIEVER_NAME = "sentence-transformers/all-MiniLM-L6-v2"
local TRAIN_SIZE     = 4000        -- definitions, one list each
local EVAL_SIZE      = 300         -- held-out definitions, each with 1 + EVAL_DEPTH candidates
local NUM_NEGATIVES  = 7           -- lists of eight
local EVAL_DEPTH     = 30
local RUN_NAME       = "wordnet-ce-lambda"
local OUTPUT_DIR     = "models/" .. RUN_NAME

-- Data: mined once and kept; made again when a knob in the key changes.
local key = { RETRIEVER_NAME, TRAIN_SIZE, EVAL_SIZE, NUM_NEGATIVES, EVAL_DEPTH }
local train, dev = sentx.cached_datasets("data/" .. RUN_NAME .. "-hard-negatives", key, function()
  local retriever = sentx.SentenceTransformer(RETRIEVER_NAME)
  local corpus = sentx.load_dataset("data/wordnet/corpus.jsonl"):column("text")
  local train_pairs = sentx.load_dataset("data/wordnet/train.jsonl"):shuffle { seed = 12 }:take(TRAIN_SIZE)
  local dev_pairs = sentx.load_dataset("data/wordnet/dev.jsonl"):take(EVAL_SIZE)
  return sentx.mine_hard_negatives(train_pairs, retriever, {
    corpus = corpus, num_negatives = NUM_NEGATIVES, range_min = 5, range_max = 60, sampling_strategy = "random",
    output_format = "labeled-list", cache_folder = "data/embeddings",
  }), sentx.mine_hard_negatives(dev_pairs, retriever, {
    corpus = corpus, num_negatives = EVAL_DEPTH, range_max = 60, output_format = "n-tuple", cache_folder = "data/embeddings",
  })
end)

-- What is measured: the rank of the right words among the mined candidates.
local samples = {}
for i, row in dev:iter() do
  local negatives = {}
  for n = 1, EVAL_DEPTH do negatives[n] = row["negative_" .. n] end
  samples[i] = { query = row.query, positive = { row.passage }, negative = negatives }
end
local evaluator = sentx.evaluation.CrossEncoderRerankingEvaluator { samples = samples, name = "wordnet-dev", batch_size = 64 }

if arg[1] == "--eval-only" then
  local results = evaluator(sentx.CrossEncoder(arg[2] or OUTPUT_DIR .. "/final"))
  return print(evaluator.primary_metric, results[evaluator.primary_metric])
end

-- Model, loss, training
local model = sentx.CrossEncoder(MODEL_NAME, { num_labels = 1, max_length = 128, activation_fn = "identity" })
local loss  = sentx.losses.LambdaLoss(model, { mini_batch_size = 64 })

local trainer = sentx.CrossEncoderTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  args = sentx.CrossEncoderTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    num_train_epochs = 1,
    per_device_train_batch_size = 16,      -- lists, so 128 pairs a step
    per_device_eval_batch_size = 64,
    learning_rate = 1e-4,
    weight_decay = 0.01,
    warmup_steps = 0.1,
    lr_scheduler_type = "linear",
    eval_strategy = "steps",
    eval_steps = 0.2,
    save_strategy = "steps",
    save_steps = 0.2,
    save_total_limit = 2,
    logging_steps = 0.02,
    logging_first_step = true,
    load_best_model_at_end = true,
    metric_for_best_model = "eval_" .. evaluator.primary_metric,
    push_to_hub = false,                   -- true needs a hub token
    seed = 12,
  },
  callbacks = { sentx.EarlyStoppingCallback { early_stopping_patience = 3 } },
}

trainer:train()
model:save_pretrained(trainer.args.output_dir .. "/final")
