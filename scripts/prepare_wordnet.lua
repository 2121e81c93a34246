--[[ Makes a reverse dictionary from WordNet: the query is a definition, the passage the words that it defines.

  sentx-run scripts/prepare_wordnet.lua [--wordnet DIR] [--output DIR]

WordNet comes with the Debian package wordnet-base. The output folder gets
  train.jsonl, dev.jsonl, test.jsonl   query, passage; no definition and no passage of dev or test is in another file
  corpus.jsonl                         id, text: every passage once, to search and to mine negatives in
  examples.jsonl                       query, passage: an example sentence and the definition that it illustrates (train only)
  senses.jsonl, senses_dev.jsonl       query, passage: an example sentence and the entry, "words: definition", of what it illustrates
  entries.jsonl                        text: every entry once, with an example sentence if it is one of train
The same seed gives the same files on every machine. ]]

local sentx = require "sentx"

-- Knobs
local SEED      = 12
local DEV_SIZE  = 2000
local TEST_SIZE = 2000
local FILES     = { "noun", "verb", "adj", "adv" }

-- Command line
local options = { wordnet = "/usr/share/wordnet", output = "data/wordnet" }
for i = 1, #arg, 2 do
  local name = arg[i]:match("^%-%-(%w+)$")
  if not (name and options[name] and arg[i + 1]) then
    error("usage: sentx-run scripts/prepare_wordnet.lua [--wordnet DIR] [--output DIR]", 0)
  end
  options[name] = arg[i + 1]
end

-- A gloss is a definition, then example sentences in quotes: cause to lose air; "puncture a balloon"
local function split_gloss(gloss)
  local definition = gloss:match('^(.-)%s*[;:]%s*"') or gloss:match('^([^"].*)$') or ""
  local examples = {}
  for example in gloss:sub(#definition + 1):gmatch('"([^"]+)"') do examples[#examples + 1] = example end
  return definition:gsub("[%s;]+$", ""), examples
end

-- The words of a synset: `count` pairs of word and number, then other things.
-- Adjectives may end in a marker such as (p), and spaces are written as underscores.
local function join_words(count, fields)
  local words, seen = {}, {}
  for word in fields:gmatch("(%S+) %x+") do
    if count == 0 then break end
    count = count - 1
    word = word:gsub("%(%l+%)$", ""):gsub("_", " ")
    if not seen[word] then
      seen[word] = true
      words[#words + 1] = word
    end
  end
  return table.concat(words, ", ")
end

local ids, definitions, passages, examples = {}, {}, {}, {}
for _, part in ipairs(FILES) do
  local path = options.wordnet .. "/data." .. part
  local file = io.open(path)
  if not file then
    error("there is no " .. path .. "; install the Debian package wordnet-base, or name WordNet's folder with --wordnet", 0)
  end
  for line in file:lines() do
    -- The licence at the top of each file is indented.
    local offset, kind, count, fields, gloss = line:match("^(%d+) %d+ (%l) (%x%x) (.-) | (.*)$")
    if offset then
      local definition, sentences = split_gloss(gloss)
      if definition ~= "" then
        local i = #ids + 1
        ids[i], definitions[i], passages[i] = kind .. offset, definition, join_words(tonumber(count, 16), fields)
        examples[i] = sentences
      end
    end
  end
  file:close()
end
if #ids == 0 then error("no synsets found in " .. options.wordnet .. "; are these WordNet's data files?", 0) end

local columns = { "id", "query", "passage", "examples" }
local synsets = sentx.Dataset.from_table({ id = ids, query = definitions, passage = passages, examples = examples }, { columns = columns })
synsets = synsets:shuffle { seed = SEED }

-- Held-out rows first, each with a definition and a passage of its own; then training gets whatever shares neither.
local queries, words, sentences = synsets.query, synsets.passage, synsets.examples
local rows, held_out = { train = {}, dev = {}, test = {} }, { query = {}, passage = {} }
local first_train = #synsets + 1
for i = 1, #synsets do
  if not held_out.query[queries[i]] and not held_out.passage[words[i]] then
    local split = #rows.dev < DEV_SIZE and rows.dev or rows.test
    if #rows.test == TEST_SIZE then
      first_train = i
      break
    end
    held_out.query[queries[i]], held_out.passage[words[i]] = true, true
    split[#split + 1] = i
  end
end
-- Entries of a dictionary: words and definition, for sentences to look up.
local illustrated, senses, senses_dev, entries = { query = {}, passage = {} }, { query = {}, passage = {} }, { query = {}, passage = {} }, {}
local function entry(i) return words[i] .. ": " .. queries[i] end
local function illustrate(pairs_, i)
  for _, sentence in ipairs(sentences[i]) do
    table.insert(pairs_.query, sentence)
    table.insert(pairs_.passage, entry(i))
  end
end
for _, i in ipairs(rows.dev) do
  illustrate(senses_dev, i)
  table.insert(entries, entry(i))
end
for _, i in ipairs(rows.test) do table.insert(entries, entry(i)) end
for i = first_train, #synsets do
  if not held_out.query[queries[i]] and not held_out.passage[words[i]] then
    table.insert(rows.train, i)
    table.insert(entries, entry(i) .. (sentences[i][1] and "; " .. sentences[i][1] or ""))
    illustrate(senses, i)
    for _, sentence in ipairs(sentences[i]) do
      table.insert(illustrated.query, sentence)
      table.insert(illustrated.passage, queries[i])
    end
  end
end

-- Every passage once, under the id of the first synset that has it.
local corpus, seen = { id = {}, text = {} }, {}
for i, passage in ipairs(passages) do
  if not seen[passage] then
    seen[passage] = true
    table.insert(corpus.id, ids[i])
    table.insert(corpus.text, passage)
  end
end

local function write(name, dataset)
  dataset:to_json(options.output .. "/" .. name .. ".jsonl")
  print(string.format("%-14s %7d rows", name .. ".jsonl", #dataset))
end
print(string.format("%d synsets from %s to %s", #ids, options.wordnet, options.output))
for _, name in ipairs { "train", "dev", "test" } do
  write(name, synsets:select(rows[name]):select_columns { "query", "passage" })
end
write("corpus", sentx.Dataset.from_table(corpus, { columns = { "id", "text" } }))
write("examples", sentx.Dataset.from_table(illustrated))
write("senses", sentx.Dataset.from_table(senses))
write("senses_dev", sentx.Dataset.from_table(senses_dev))
write("entries", sentx.Dataset.from_table { text = entries })
