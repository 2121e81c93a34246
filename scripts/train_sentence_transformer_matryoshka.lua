--[[ Trains a bi-encoder whose embeddings can be cut: the first 64 numbers alone make a useful embedding.

MatryoshkaLoss computes its inner loss on the leading numbers of each embedding as well as on all of them. The task is a
reverse dictionary made from WordNet. The verdict is about the shortest embeddings, which training changes most.

  sentx-run scripts/train_sentence_transformer_matryoshka.lua              trains
  sentx-run scripts/train_sentence_transformer_matryoshka.lua --eval-only models/wordnet-matryoshka/final
  SMOKE_TEST=1 sentx-run scripts/train_sentence_transformer_matryoshka.lua the whole path on a handful of rows, one step

To fork it for your own data: change the knobs, load your own rows below, keep the rest. The baseline, the log, the
checkpoints and the verdict are done by the trainer. ]]

local sentx = require "sentx"

-- Knobs
local MODEL_NAME  = "sentence-transformers/all-MiniLM-L6-v2"
local DIMENSIONS  = { 384, 256, 128, 64, 32 }   -- longest first
local TRAIN_SIZE  = 10000       -- pairs
local EVAL_SIZE   = 500         -- held-out definitions, searched for in
local CORPUS_SIZE = 3000        -- words, the right ones among them
local RUN_NAME    = "wordnet-matryoshka"
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

-- What is measured: the search with embeddings of each length; the shortest one decides.
local evaluators = {}
for i, dimension in ipairs(DIMENSIONS) do
  evaluators[i] = sentx.evaluation.InformationRetrievalEvaluator {
    queries = queries, corpus = corpus, relevant_docs = relevant, name = "wordnet-dev-" .. dimension, batch_size = 64, truncate_dim = dimension,
  }
end
local evaluator = sentx.evaluation.SequentialEvaluator(evaluators, { main_score_function = function(scores) return scores[#scores] end })

if arg[1] == "--eval-only" then
  local results = evaluator(sentx.SentenceTransformer(arg[2] or OUTPUT_DIR .. "/final"))
  for _, dimension in ipairs(DIMENSIONS) do print(dimension, results["wordnet-dev-" .. dimension .. "_cosine_ndcg@10"]) end
  return
end

-- Model, loss, training
local model = sentx.SentenceTransformer(MODEL_NAME, { max_seq_length = 128 })
local inner = sentx.losses.MultipleNegativesRankingLoss(model)
local loss  = sentx.losses.MatryoshkaLoss(model, inner, { matryoshka_dims = DIMENSIONS })

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
    metric_for_best_model = "eval_sequential_score",
    push_to_hub = false,             -- true needs a hub token
    seed = 12,
  },
}

trainer:train()
model:save_pretrained(trainer.args.output_dir .. "/final")
