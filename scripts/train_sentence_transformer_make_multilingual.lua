--[[ Teaches an English bi-encoder other languages, from translations alone.

The teacher embeds the English text; the student is trained so that the English text and its translation both get that
embedding. The data are the names of countries, languages and currencies in ISO's lists and their translations, from Debian's
iso-codes package (scripts/prepare_iso_codes.lua makes them; any aligned text will do). The student here is a copy of the English
teacher, whose vocabulary has few pieces for other languages; a multilingual one learns more.

  sentx-run scripts/train_sentence_transformer_make_multilingual.lua              trains
  sentx-run scripts/train_sentence_transformer_make_multilingual.lua --eval-only models/iso-multilingual/final
  SMOKE_TEST=1 sentx-run scripts/train_sentence_transformer_make_multilingual.lua the whole path on a handful of rows, one step

To fork it for your own data: change the knobs, load your own rows below, keep the rest. The baseline, the log, the
checkpoints and the verdict are done by the trainer. ]]

local sentx = require "sentx"

-- Knobs
local TEACHER_NAME = "sentence-transformers/all-MiniLM-L6-v2"
local STUDENT_NAME = "sentence-transformers/all-MiniLM-L6-v2"
local LANGUAGES    = { "de", "fr", "es", "it", "nl", "pt", "sv", "pl" }
local TRAIN_SIZE   = 16000      -- pairs of all languages
local EVAL_SIZE    = 500        -- held-out pairs of each language
local RUN_NAME     = "iso-multilingual"
local OUTPUT_DIR   = "models/" .. RUN_NAME

-- Data: (english, non_english) of the chosen languages
local chosen = {}
for _, language in ipairs(LANGUAGES) do chosen[language] = true end
local function parallel(name) return sentx.load_dataset("data/iso-codes/" .. name .. ".jsonl"):filter(function(row) return chosen[row.language] end) end
local pairs_ = parallel("train"):shuffle { seed = 12 }:take(TRAIN_SIZE)
local dev = parallel("dev")

-- What is measured: how often the translation is the nearest of all, in both directions, averaged over languages.
local evaluators = {}
for i, language in ipairs(LANGUAGES) do
  local rows = dev:filter(function(row) return row.language == language end):take(EVAL_SIZE)
  evaluators[i] = sentx.evaluation.TranslationEvaluator {
    source_sentences = rows:column("english"), target_sentences = rows:column("non_english"), name = "en-" .. language, batch_size = 64,
  }
end
local evaluator = sentx.evaluation.SequentialEvaluator(evaluators, { main_score_function = function(scores)
  local sum = 0
  for _, score in ipairs(scores) do sum = sum + score end
  return sum / #scores
end })

if arg[1] == "--eval-only" then
  local results = evaluator(sentx.SentenceTransformer(arg[2] or OUTPUT_DIR .. "/final"))
  for _, language in ipairs(LANGUAGES) do print(language, results["en-" .. language .. "_mean_accuracy"]) end
  return
end

-- The teacher's embedding of the English text is the label of both columns.
local teacher = sentx.SentenceTransformer(TEACHER_NAME, { max_seq_length = 64 })
local targets = sentx.util.precompute_embeddings(teacher, pairs_:column("english"), { cache_folder = "data/embeddings", batch_size = 64 })
local train = pairs_:select_columns { "english", "non_english" }:add_column("label", targets)

-- Model, loss, training
local model = sentx.SentenceTransformer(STUDENT_NAME, { max_seq_length = 64 })
local loss  = sentx.losses.MSELoss(model)

local trainer = sentx.SentenceTransformerTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  args = sentx.SentenceTransformerTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    num_train_epochs = 1,
    per_device_train_batch_size = 64,
    per_device_eval_batch_size = 64,
    learning_rate = 2e-4,
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
    metric_for_best_model = "eval_sequential_score",
    push_to_hub = false,             -- true needs a hub token
    seed = 12,
  },
}

trainer:train()
model:save_pretrained(trainer.args.output_dir .. "/final")
