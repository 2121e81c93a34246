--[[ Trains static token vectors: no transformer, thousands of texts a second, on pairs with in-batch negatives.

An embedding is the mean of one vector for each token. Large batches and a high learning rate suit it. A random start wants a
million pairs; with fewer, start from vectors distilled from a transformer, as here. Only the vectors of a batch's tokens cost
anything, so a step does not grow with the vocabulary. The task is a reverse dictionary made from WordNet.

  sentx-run scripts/train_sentence_transformer_static_embedding.lua              trains
  sentx-run scripts/train_sentence_transformer_static_embedding.lua --eval-only models/wordnet-static/final
  SMOKE_TEST=1 sentx-run scripts/train_sentence_transformer_static_embedding.lua the whole path on a handful of rows, one step

To fork it for your own data: change the knobs, load your own rows below, keep the rest. The baseline, the log, the
checkpoints and the verdict are done by the trainer. ]]

local sentx = require "sentx"

-- Knobs
local TEACHER_NAME = "sentence-transformers/all-MiniLM-L6-v2"   -- its tokenizer, and the vectors to start from
local WARM_START   = true       -- false starts from random vectors of RANDOM_DIM numbers, with a learning rate of 2e-1
local RANDOM_DIM   = 256
local DIMENSIONS   = { 256, 128, 64, 32 }
local TRAIN_SIZE   = 100000     -- pairs
local EVAL_SIZE    = 500        -- held-out definitions, searched for in
local CORPUS_SIZE  = 10000      -- words, the right ones among them
local RUN_NAME     = "wordnet-static"
local OUTPUT_DIR   = "models/" .. RUN_NAME

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
local static
if WARM_START then
  static = sentx.models.StaticEmbedding.from_distillation(TEACHER_NAME, { pca_dims = DIMENSIONS[1] })
else
  static = sentx.models.StaticEmbedding(sentx.Tokenizer(TEACHER_NAME), { embedding_dim = RANDOM_DIM })
end
local model = sentx.SentenceTransformer { modules = { static } }
local inner = sentx.losses.MultipleNegativesRankingLoss(model)
local loss  = sentx.losses.MatryoshkaLoss(model, inner, { matryoshka_dims = DIMENSIONS })

local trainer = sentx.SentenceTransformerTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  args = sentx.SentenceTransformerTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    num_train_epochs = 1,
    per_device_train_batch_size = 1024,
    per_device_eval_batch_size = 64,
    learning_rate = WARM_START and 5e-2 or 2e-1,
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
