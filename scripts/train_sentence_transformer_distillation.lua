--[[ Trains a small bi-encoder to give the embeddings of a larger one, from texts alone.

The student is the teacher with half of its layers taken out, which already knows much; distillation gives back most of what
that lost. The teacher's embeddings are computed once and kept in data/embeddings. The baseline is the student before training.
Where the student's embeddings are shorter, MSELoss cannot compare them: EmbedDistillLoss can project, or the teacher gets a
Dense module of its principal components first.

  sentx-run scripts/train_sentence_transformer_distillation.lua              trains
  sentx-run scripts/train_sentence_transformer_distillation.lua --eval-only models/wordnet-distilled/final
  SMOKE_TEST=1 sentx-run scripts/train_sentence_transformer_distillation.lua the whole path on a handful of rows, one step

To fork it for your own data: change the knobs, load your own rows below, keep the rest. The baseline, the log, the
checkpoints and the verdict are done by the trainer. ]]

local sentx = require "sentx"

-- Knobs
local TEACHER_NAME = "sentence-transformers/all-MiniLM-L6-v2"
local KEPT_LAYERS  = { 1, 3, 6 }
local TRAIN_SIZE   = 20000      -- texts
local EVAL_SIZE    = 500        -- held-out definitions, searched for in
local CORPUS_SIZE  = 10000      -- words, the right ones among them
local RUN_NAME     = "wordnet-distilled"
local OUTPUT_DIR   = "models/" .. RUN_NAME

-- What is measured: a search task of held-out definitions
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


if arg[1] == "--eval-only" then
  local results = evaluator(sentx.SentenceTransformer(arg[2] or OUTPUT_DIR .. "/final"))
  return print(evaluator.primary_metric, results[evaluator.primary_metric])
end

-- Data: texts of both kinds, each with the teacher's embedding as its label.
local teacher = sentx.SentenceTransformer(TEACHER_NAME, { max_seq_length = 128 })
local pairs_ = sentx.load_dataset("data/wordnet/train.jsonl"):shuffle { seed = 12 }:take(TRAIN_SIZE // 2)
local texts = {}
for _, row in pairs_:iter() do
  texts[#texts + 1] = row.query
  texts[#texts + 1] = row.passage
end
local targets = sentx.util.precompute_embeddings(teacher, texts, { cache_folder = "data/embeddings", batch_size = 64 })
local train = sentx.Dataset.from_table { text = texts }:add_column("label", targets)

-- Model, loss, training
local model = sentx.SentenceTransformer(TEACHER_NAME, { max_seq_length = 128 }):keep_layers(KEPT_LAYERS)
local loss  = sentx.losses.MSELoss(model)

local trainer = sentx.SentenceTransformerTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  args = sentx.SentenceTransformerTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    num_train_epochs = 1,
    per_device_train_batch_size = 64,
    per_device_eval_batch_size = 64,
    learning_rate = 1e-4,
    weight_decay = 0.01,
    warmup_steps = 0.1,
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
