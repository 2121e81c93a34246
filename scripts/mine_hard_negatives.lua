--[[ Mines hard negatives for (query, answer) pairs and saves the result as a dataset to train or evaluate with.

  sentx-run scripts/mine_hard_negatives.lua --dataset data/pairs.jsonl --num-negatives 5 --output-path data/mined

A negative is a text of the corpus that the retriever puts close to the query although it is not an answer to it. The
corpus is the answers of all pairs, or better a larger collection:

  sentx-run scripts/mine_hard_negatives.lua --dataset data/wordnet/train.jsonl --corpus data/wordnet/corpus.jsonl \
    --range-min 5 --range-max 60 --sampling-strategy random --output-format labeled-pair --output-path data/wordnet-mined

Among the closest texts are answers that nobody marked. --range-min skips the very closest; --relative-margin 0.05 asks
that a negative scores 5 % less than the answer; --max-score sets a limit. With --cross-encoder, margins and limits look
at the scores of a reranker, which are more to be trusted.

--help lists all options. ]]

local sentx = require "sentx"

-- Name, kind, default, help. A kind is "text", "number", "flag", or a list of the allowed words.
local OPTIONS = {
  { "dataset", "text", nil, "file or folder with the pairs (required)" },
  { "split", "text", nil, "part of it, such as train[:1000]" },
  { "model", "text", "sentence-transformers/all-MiniLM-L6-v2", "retriever that finds candidates" },
  { "cross-encoder", "text", nil, "reranker that scores candidates again" },
  { "anchor-column", "text", nil, "column of queries (default: the first)" },
  { "positive-column", "text", nil, "column of answers (default: the second)" },
  { "corpus", "text", nil, "file or folder with further candidates" },
  { "corpus-column", "text", "text", "the column of the corpus that holds them" },
  { "num-negatives", "number", 3, "negatives per query" },
  { "range-min", "number", 0, "skip that many of the best candidates" },
  { "range-max", "number", 100, "look at candidates up to this rank" },
  { "sampling-strategy", { "top", "random" }, "top", "which of the candidates are taken" },
  { "max-score", "number", nil, "drop candidates that score more" },
  { "min-score", "number", nil, "drop candidates that score less" },
  { "absolute-margin", "number", nil, "how much less than the answer a negative scores" },
  { "relative-margin", "number", nil, "the same as a share of the answer's score" },
  { "query-prompt", "text", nil, "text put before each query" },
  { "corpus-prompt", "text", nil, "text put before each candidate" },
  { "output-format", { "triplet", "n-tuple", "labeled-pair", "labeled-list" }, "triplet", "columns of the result" },
  { "include-positives", "flag", false, "keep answers in the ranking, for evaluation" },
  { "output-scores", "flag", false, "write scores too" },
  { "batch-size", "number", 32, "texts computed at a time" },
  { "cache-folder", "text", nil, "keep embeddings here for the next run" },
  { "seed", "number", 12, "for random sampling" },
  { "output-path", "text", nil, "folder for the result, or a file ending in .jsonl" },
}

local function fail(message)
  io.stderr:write("mine_hard_negatives.lua: ", message, "\n")
  os.exit(2)
end

local function print_help()
  print("Mines hard negatives for (query, answer) pairs.\n\n  sentx-run scripts/mine_hard_negatives.lua --dataset FILE [options]\n")
  for _, option in ipairs(OPTIONS) do
    local name, kind, default, help = table.unpack(option, 1, 4)
    local words = type(kind) == "table" and table.concat(kind, "|") or kind
    local usage = "--" .. name .. (kind == "flag" and "" or " " .. words)
    local note = default and kind ~= "flag" and " (default: " .. tostring(default) .. ")" or ""
    print(string.format("  %-32s%s%s%s", usage, #usage > 31 and "\n" .. string.rep(" ", 34) or "", help, note))
  end
end

--- How many letters have to be changed, added or removed to make one word of the other.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local changed = diagonal + (a:byte(i) == b:byte(j) and 0 or 1)
      diagonal = row[j]
      row[j] = math.min(row[j] + 1, row[j - 1] + 1, changed)
    end
  end
  return row[#b]
end

local function find_option(name)
  local nearest
  for _, option in ipairs(OPTIONS) do
    if option[1] == name then return option end
    if not nearest or distance(name, option[1]) < distance(name, nearest) then nearest = option[1] end
  end
  fail(string.format("there is no option --%s; did you mean --%s? (--help lists all)", name, nearest))
end

local function read_value(option, text)
  local name, kind = option[1], option[2]
  if text == nil then fail("--" .. name .. " needs a value") end
  if kind == "text" then return text end
  if kind == "number" then
    return math.tointeger(text) or tonumber(text) or fail(string.format("--%s needs a number, got '%s'", name, text))
  end
  for _, word in ipairs(kind) do
    if word == text then return text end
  end
  fail(string.format("--%s is one of %s, got '%s'", name, table.concat(kind, ", "), text))
end

local function parse_arguments()
  local values = {}
  for _, option in ipairs(OPTIONS) do values[option[1]] = option[3] end
  local i = 1
  while arg[i] do
    if arg[i] == "--help" or arg[i] == "-h" then
      print_help()
      os.exit(0)
    end
    -- Both "--name value" and "--name=value".
    local name, value = arg[i]:match("^%-%-([^=]+)=?(.*)$")
    if not name then fail(string.format("'%s' is not an option; values follow their option, as in --dataset FILE", arg[i])) end
    local option = find_option(name)
    if option[2] == "flag" then
      values[name] = true
    else
      if not arg[i]:find("=", 1, true) then
        i = i + 1
        value = arg[i]
      end
      values[name] = read_value(option, value)
    end
    i = i + 1
  end
  if not values.dataset then fail("--dataset is required (--help lists all options)") end
  return values
end

local args = parse_arguments()

local dataset = sentx.load_dataset(args.dataset, { split = args.split })
print(string.format("%d rows in %s", #dataset, args.dataset))

local corpus
if args.corpus then
  corpus = sentx.load_dataset(args.corpus):column(args["corpus-column"])
  print(string.format("%d texts in %s", #corpus, args.corpus))
end

local mined = sentx.mine_hard_negatives(dataset, sentx.SentenceTransformer(args.model), {
  anchor_column_name   = args["anchor-column"],
  positive_column_name = args["positive-column"],
  corpus               = corpus,
  cross_encoder        = args["cross-encoder"] and sentx.CrossEncoder(args["cross-encoder"]) or nil,
  num_negatives        = args["num-negatives"],
  range_min            = args["range-min"],
  range_max            = args["range-max"],
  sampling_strategy    = args["sampling-strategy"],
  max_score            = args["max-score"],
  min_score            = args["min-score"],
  absolute_margin      = args["absolute-margin"],
  relative_margin      = args["relative-margin"],
  query_prompt         = args["query-prompt"],
  corpus_prompt        = args["corpus-prompt"],
  output_format        = args["output-format"],
  include_positives    = args["include-positives"],
  output_scores        = args["output-scores"],
  batch_size           = args["batch-size"],
  cache_folder         = args["cache-folder"],
  seed                 = args.seed,
})
print(mined)

if not args["output-path"] then
  print("Nothing is saved: give --output-path to keep the result.")
elseif args["output-path"]:find("%.jsonl$") then
  mined:to_json(args["output-path"])
  print("saved to " .. args["output-path"])
else
  mined:save_to_disk(args["output-path"])
  print("saved to " .. args["output-path"])
end
