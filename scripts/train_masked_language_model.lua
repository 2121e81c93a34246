--[[ Teaches a transformer to guess hidden words, so that it can become a sparse encoder.

A sentence-embedding model has no masked-language-model head. A new one is random, and sparse training from there ends with the
same few words for every text; so the head learns to guess words first, with the whole transformer. Cross-entropy does not see
where zero is, and would leave thousands of words active; calibrate_head then moves each word's bias to where only the texts
that speak for the word activate it. The number that is measured is the loss of held-out texts, less is better.

  sentx-run scripts/train_masked_language_model.lua              trains
  SMOKE_TEST=1 sentx-run scripts/train_masked_language_model.lua the whole path on a handful of rows, one step

train_sparse_encoder.lua and train_sparse_encoder_distillation.lua run it by themselves where its model is missing. To fork it,
change the knobs and load your own texts, of the kind that will be encoded. It returns the folder of the model. ]]

local sentx = require "sentx"

-- Knobs
local MODEL_NAME  = "sentence-transformers/all-MiniLM-L6-v2"
local TRAIN_SIZE  = 20000      -- texts
local EVAL_SIZE   = 300
local STEPS       = 200
local DEVIATIONS  = 2.5        -- more is sparser: 2.5 leaves some 300 words of 30,522 active
local RUN_NAME    = "wordnet-mlm"
local OUTPUT_DIR  = "models/" .. RUN_NAME

-- Data: entries of a dictionary, "words: definition; example"
local texts = sentx.load_dataset("data/wordnet/entries.jsonl"):shuffle { seed = 12 }:take(TRAIN_SIZE + EVAL_SIZE)
local split = texts:train_test_split { test_size = math.min(EVAL_SIZE, #texts // 5), seed = 12 }

-- Model, loss, training
local model = sentx.SparseEncoder(MODEL_NAME, { max_seq_length = 64 })
local loss  = sentx.losses.MaskedLanguageModelLoss(model, { mlm_probability = 0.3 })

local trainer = sentx.MaskedLanguageModelTrainer {
  model = model, train_dataset = split.train, eval_dataset = split.test, loss = loss,
  args = sentx.MaskedLanguageModelTrainingArguments {
    output_dir = OUTPUT_DIR,
    run_name = RUN_NAME,
    max_steps = STEPS,
    per_device_train_batch_size = 48,
    learning_rate = 4e-4,
    warmup_steps = 0.05,
    eval_strategy = "no",
    save_strategy = "no",
    logging_steps = 0.1,
    seed = 12,
  },
}

trainer:train()
model:calibrate_head(split.train:take(600).text, { deviations = DEVIATIONS })
local folder = trainer.args.output_dir .. "/final"
model:save_pretrained(folder)
return folder
