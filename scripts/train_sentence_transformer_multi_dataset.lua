--[[ Trains a bi-encoder on several datasets at once, each with its own loss.

Every batch comes from one dataset, so that in-batch negatives stay within a task. Here: definitions with the words that they
define (in-batch negatives), and example sentences with the right sense of their word or a wrong one (a pair with a label).
multi_dataset_batch_sampler = "proportional" sees every row once; "round_robin" gives each dataset the same number of batches.

  sentx-run scripts/train_sentence_transformer_multi_dataset.lua              trains
  sentx-run scripts/train_sentence_transformer_multi_dataset.lua --eval-only models/wordnet-multi/final
  SMOKE_TEST=1 sentx-run scripts/train_sentence_transformer_multi_dataset.lua the whole path on a handful of rows, one step

To fork it for your own data: change the knobs, load your own rows below, keep the rest. The baseline, the log, the
checkpoints and the verdict are done by the trainer. ]]

local sentx = require "sentx"

-- Knobs
local MODEL_NAME  = "sentence-transformers/all-MiniLM-L6-v2"
local TRAIN_SIZE  = 6000        -- rows of each dataset
local EVAL_SIZE   = 500         -- held-out definitions, searched for in
local CORPUS_SIZE = 10000       -- words, the right ones among them
local RUN_NAME    = "wordnet-multi"
local OUTPUT_DIR  = "models/" .. RUN_NAME

-- Data: pairs, and a search task of held-out definitions
local definitions = sentx.load_dataset("data/wordnet/train.jsonl"):shuffle { seed = 12 }:take(TRAIN_SIZE)
local dev = sentx.load_dataset("data/wordnet/dev.jsonl"):take(EVAL_SIZE)
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


-- The second dataset: an example sentence with its definition (1) or with that of another example (0), half and half.
local examples = sentx.load_dataset("data/wordnet/examples.jsonl"):shuffle { seed = 12 }:take(TRAIN_SIZE)
local rows = { sentence1 = {}, sentence2 = {}, label = {} }
local senses = examples:column("passage")
for i, row in examples:iter() do
  local isRight = i % 2 == 1
  rows.sentence1[i], rows.sentence2[i] = row.query, isRight and row.passage or senses[i % #senses + 1]
  rows.label[i] = isRight and 1 or 0
end
local sense_pairs = sentx.Dataset.from_table(rows)

if arg[1] == "--eval-only" then
  local results = evaluator(sentx.SentenceTransformer(arg[2] or OUTPUT_DIR .. "/final"))
  return print(evaluator.primary_metric, results[evaluator.primary_metric])
end

-- Model, losses, training: datasets and losses share their names.
local model = sentx.SentenceTransformer(MODEL_NAME, { max_seq_length = 128 })

local trainer = sentx.SentenceTransformerTrainer {
  model = model, evaluator = evaluator,
  train_dataset = { definitions = definitions, senses = sense_pairs },
  loss = {
    definitions = sentx.losses.MultipleNegativesRankingLoss(model),
    senses = sentx.losses.OnlineContrastiveLoss(model),
  },
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
    multi_dataset_batch_sampler = "proportional",
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
