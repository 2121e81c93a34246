--[[ Distils a reranker: the student learns the teacher's score margins with MarginMSELoss.

A row is (query, positive, negative, score) with score = teacher(query, positive) - teacher(query, negative), computed
once before training. The teacher here is the reranker of train_cross_encoder.lua if it has been trained, else the
embedding model, whose cosine margins are stretched to the scale of a logit. To use your own teacher, change `margins`.

  sentx-run scripts/train_cross_encoder_distillation.lua
  sentx-run scripts/train_cross_encoder_distillation.lua --eval-only models/wordnet-ce-distilled/final
  SMOKE_TEST=1 sentx-run scripts/train_cross_encoder_distillation.lua

The model's activation is "identity": the student has to reproduce raw margins, which a sigmoid cannot hold. ]]

local sentx = require "sentx"

-- Knobs
local MODEL_NAME     = "sentence-transformers/all-MiniLM-L6-v2"
local RETRIEVER_NAME = "sentence-transformers/all-MiniLM-L6-v2"
local TEACHER_DIR    = "models/wordnet-ce/final"
local TRAIN_SIZE     = 6000        -- definitions; each gives NUM_NEGATIVES rows
local EVAL_SIZE      = 300         -- held-out definitions, each with 1 + EVAL_DEPTH candidates
local NUM_NEGATIVES  = 3
local EVAL_DEPTH     = 30
local RUN_NAME       = "wordnet-ce-distilled"
local OUTPUT_DIR     = "models/" .. RUN_NAME

-- The teacher: one margin for each row of a (query, positive, negative) dataset.
local has_teacher = io.open(TEACHER_DIR .. "/config.json") ~= nil
local function margins(rows)
  if has_teacher then return sentx.util.teacher_scores(sentx.CrossEncoder(TEACHER_DIR), rows, { batch_size = 64 }) end
  return sentx.util.teacher_scores(sentx.SentenceTransformer(RETRIEVER_NAME), rows, { batch_size = 64 }) * 10
end

-- Data: mined and scored once and kept; made again when a knob in the key changes.
local key = { RETRIEVER_NAME, TRAIN_SIZE, EVAL_SIZE, NUM_NEGATIVES, EVAL_DEPTH, has_teacher }
local train, dev = sentx.cached_datasets("data/" .. RUN_NAME .. "-margins", key, function()
  local retriever = sentx.SentenceTransformer(RETRIEVER_NAME)
  local corpus = sentx.load_dataset("data/wordnet/corpus.jsonl"):column("text")
  local train_pairs = sentx.load_dataset("data/wordnet/train.jsonl"):shuffle { seed = 12 }:take(TRAIN_SIZE)
  local dev_pairs = sentx.load_dataset("data/wordnet/dev.jsonl"):take(EVAL_SIZE)
  local triplets = sentx.mine_hard_negatives(train_pairs, retriever, {
    corpus = corpus, num_negatives = NUM_NEGATIVES, range_min = 5, range_max = 60, sampling_strategy = "random",
    output_format = "triplet", cache_folder = "data/embeddings",
  })
  return triplets:add_column("score", margins(triplets)), sentx.mine_hard_negatives(dev_pairs, retriever, {
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
local loss  = sentx.losses.MarginMSELoss(model)

local trainer = sentx.CrossEncoderTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  args = sentx.CrossEncoderTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    num_train_epochs = 1,
    per_device_train_batch_size = 32,
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
