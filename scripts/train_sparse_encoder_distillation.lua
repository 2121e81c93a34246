--[[ Trains a sparse encoder by distillation: a dense model says how well each passage of a batch fits each query.

The task is that of train_sparse_encoder.lua: example sentences look up the entries of a dictionary. The student is the model made
there, which can search already. The teacher is all-MiniLM-L6-v2, taught the pairs first. Each query of a batch is compared with all
passages of the batch; the student learns the teacher's distribution over them beside the right answers, and is kept sparse.

  sentx-run scripts/train_sparse_encoder_distillation.lua              trains
  sentx-run scripts/train_sparse_encoder_distillation.lua --eval-only models/wordnet-splade-distilled/final
  SMOKE_TEST=1 sentx-run scripts/train_sparse_encoder_distillation.lua the whole path on a handful of rows, one step

Where models/wordnet-splade/final is missing, train_sparse_encoder.lua makes it first. The teacher is trained once and kept.

What was tried (nDCG@10 over 3,000 passages, active dimensions of a query and of a passage; 200 queries, so that a difference below
0.02 may be chance; weights are those of queries and of documents; in bfloat16, but for the last row and the first five):
  the student before training                                              0.764   72  165
  all-MiniLM-L6-v2 itself, dense                                           0.542  384  384
  the teacher: 400 steps of 64 pairs                                       0.852  384  384
 begun with models/wordnet-mlm/final, all-MiniLM-L6-v2 as the teacher
  KL over 2 mined negatives, 300 steps of 24, 2e-4, weights 0.5 and 0.06   0.038    0    0
  MarginMSE over the same, 150 steps, 1e-4, weights 0.3 and 0.05           0.061    8    9
 KL or MarginMSE over candidates of each query, mined by the teacher; 1e-4 but for the first; (s): the student's own scores added
  7 mined, 200 steps of 16, 5e-5, weights 0.5 and 0.06                     0.663   21   81
  3 mined, 3 random (s), 150 of 16, 0.2 and 0.04                           0.718   46  124
  3 mined, 2 random, rows where the teacher is right, 150 of 24, 0.3, 0.04 0.724   38  120
  4 mined, 2 random, right answers raised, 150 of 20, 0.4 and 0.05         0.733   34   99
  MarginMSE, 3 mined, 1 random, 150 of 24, 0.5 and 0.06                    0.716   85  134
  4 mined (s), in turn with batches of right answers, 200 of 24, 0.4, 0.06 0.768   54  133
 all passages of the batch as candidates, 3 mined for each query, 150 steps of 24, 1e-4, weights 0.5 and 0.06
  KL, scale 40                                                             0.769   59  172
  KL, scale 40, and the right answers, half each                           0.772   59  172
  right answers alone, no teacher                                          0.796   60  170
 all passages of the batch as candidates, none mined, steps of 64
  KL, scale 20, 150 steps, 1e-4, weights 0.5 and 0.06                      0.807   83  186
  the same and the right answers, 1 to 1                                   0.803  102  201
  the same 2 to 1, scale 30, 150 steps, 2e-4, 0.8 and 0.1                  0.819   93  182
  right answers alone, no teacher, 150 steps, 2e-4, 0.5 and 0.06           0.811   78  166
  as it stands: KL and the right answers, 2 to 1, 250 steps                0.801   82  173   (10 minutes on two busy cores)
Two things went wrong at first. The teacher, as it is, ranks worse than the student; teach it the task, and measure it, before anything
is learned from it. And a few mined candidates are not enough: nothing keeps the rest of the corpus apart, the divergence is small, and
the regularizers win, which the active dimensions show. The passages of a batch of 64 cost nothing more and do keep it apart. Where
every query has its right answer, as here, a teacher adds nothing that 200 queries could show; it comes as far by its scores alone.

To fork it for your own data: change the knobs, load your pairs below, keep the rest. Further columns of train are negatives; they
join the passages of the batch. The baseline, the log and the verdict with its active dimensions are done by the trainer. ]]

local sentx = require "sentx"

-- Knobs
local START_MODEL     = "models/wordnet-splade/final"
local TEACHER_NAME    = "sentence-transformers/all-MiniLM-L6-v2"
local TEACHER_STEPS   = 400
local TEACHER_BATCH   = 64
local TEACHER_SCALE   = 30          -- cosines of the teacher as scores; more is sharper
local TEACHER_WEIGHT  = 2           -- how much the teacher counts beside the right answers
local EVAL_SIZE       = 200         -- held-out sentences
local CORPUS_SIZE     = 3000        -- entries, the right ones among them
local STEPS           = 250
local BATCH_SIZE      = 64          -- also the passages that each query is compared with
local QUERY_WEIGHT    = 1           -- more is sparser
local DOCUMENT_WEIGHT = 0.12
local RUN_NAME        = "wordnet-splade-distilled"
local OUTPUT_DIR      = "models/" .. RUN_NAME
local TEACHER_DIR     = OUTPUT_DIR .. "-teacher"

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

local task = { queries = queries, corpus = corpus, relevant_docs = relevant, name = "senses", batch_size = 64 }
local evaluator = sentx.evaluation.SparseInformationRetrievalEvaluator(task)

if arg[1] == "--eval-only" then
  evaluator(sentx.SparseEncoder(arg[2] or OUTPUT_DIR .. "/final"), { verbose = true })
  return
end

--- The dense model, taught the pairs. It is kept in TEACHER_DIR, where the next run finds it; remove it to make another.
local function make_teacher()
  if io.open(TEACHER_DIR .. "/final/modules.json") then return sentx.SentenceTransformer(TEACHER_DIR .. "/final") end
  local teacher = sentx.SentenceTransformer(TEACHER_NAME, { max_seq_length = 64 })
  local trainer = sentx.SentenceTransformerTrainer {
    model = teacher, train_dataset = train,
    loss = sentx.losses.MultipleNegativesRankingLoss(teacher),
    evaluator = sentx.evaluation.InformationRetrievalEvaluator(task),
    args = sentx.SentenceTransformerTrainingArguments {
      output_dir = TEACHER_DIR,
      run_name = RUN_NAME .. "-teacher",
      max_steps = TEACHER_STEPS,
      per_device_train_batch_size = TEACHER_BATCH,
      learning_rate = 2e-4,
      warmup_steps = 0.1,
      batch_sampler = "no_duplicates",
      eval_strategy = "no",
      save_strategy = "no",
      logging_steps = 0.1,
      seed = 12,
    },
  }
  trainer:train()
  teacher:save_pretrained(trainer.args.output_dir .. "/final")
  return teacher
end

-- Models
if not io.open(START_MODEL .. "/modules.json") then START_MODEL = dofile("scripts/train_sparse_encoder.lua") end
local teacher = make_teacher()
local model = sentx.SparseEncoder(START_MODEL, { max_seq_length = 64 })

-- Loss: the right answers, sparsity, and the divergence of the student's distribution over the batch from the teacher's
local splade = sentx.losses.SpladeLoss(model, sentx.losses.SparseMultipleNegativesRankingLoss(model), {
  query_regularizer_weight = QUERY_WEIGHT, document_regularizer_weight = DOCUMENT_WEIGHT,
})

local function loss(inputs)
  local questions, passages = inputs[1], {}
  for column = 2, #inputs do table.move(inputs[column], 1, #inputs[column], #passages + 1, passages) end
  local q, p = model:embeddings(questions), model:embeddings(passages)
  local student = q:matmul(p:t()):log_softmax()
  local cosines = sentx.util.cos_sim(teacher:encode(questions), teacher:encode(passages))
  local target  = (cosines * TEACHER_SCALE):log_softmax()
  local divergence = (target:exp() * (target - student)):sum(2):mean()
  return { right_answers_and_sparsity = splade:compute_loss_from_embeddings { q, p }, divergence = divergence * TEACHER_WEIGHT }
end

-- Training
local trainer = sentx.SparseEncoderTrainer {
  model = model, train_dataset = train, loss = loss, evaluator = evaluator,
  -- A trainer does this by itself only where it is given a SpladeLoss as such.
  callbacks = { sentx.SpladeRegularizerWeightSchedulerCallback(splade) },
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
model:save_pretrained(trainer.args.output_dir .. "/final")
