--[[ Makes parallel text of ISO's names of countries, their parts, languages, currencies and scripts, English and translated.

  sentx-run scripts/prepare_iso_codes.lua [--languages de,fr,...] [--output DIR] [--json DIR] [--locale DIR]

The names and their translations come with the Debian package iso-codes. The output folder gets
  train.jsonl, dev.jsonl   english, non_english, language; no English name of dev is in train, in any language
The same seed gives the same files on every machine with the same version of the package. ]]

local sentx = require "sentx"

-- Knobs
local SEED      = 12
local DEV_SIZE  = 500   -- English names, each with all its translations
local LANGUAGES = "cs,da,de,es,fi,fr,hu,it,nl,pl,pt,ro,sv,tr"  -- Latin letters, which most tokenizers have pieces for
local LISTS     = { "3166-1", "3166-2", "3166-3", "4217", "15924", "639-2", "639-3", "639-5" }
local FIELDS    = { "name", "official_name", "common_name" }

-- Command line
local options = { languages = LANGUAGES, output = "data/iso-codes", json = "/usr/share/iso-codes/json", locale = "/usr/share/locale" }
for i = 1, #arg, 2 do
  local name = arg[i]:match("^%-%-(%w+)$")
  if not (name and options[name] and arg[i + 1]) then
    error("usage: sentx-run scripts/prepare_iso_codes.lua [--languages de,fr,...] [--output DIR] [--json DIR] [--locale DIR]", 0)
  end
  options[name] = arg[i + 1]
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- A message catalogue of gettext: counts and offsets of 32 bits, then two tables of lengths and offsets of texts.
local function read_catalogue(path)
  local bytes = read(path)
  if not bytes then return nil end
  local order = bytes:sub(1, 4) == "\xde\x12\x04\x95" and "<" or bytes:sub(1, 4) == "\x95\x04\x12\xde" and ">"
  if not order or #bytes < 28 then error(path .. " is no message catalogue; install the package iso-codes again", 0) end
  local _, count, originals, translations = string.unpack(order .. "I4I4I4I4", bytes, 5)
  local function text(offset, index)
    local place = offset + 8 * (index - 1)
    if place + 8 > #bytes then error(path .. " ends too soon; install the package iso-codes again", 0) end
    local length, start = string.unpack(order .. "I4I4", bytes, place + 1)
    return bytes:sub(start + 1, start + length)
  end
  local messages = {}
  for index = 1, count do
    -- A context stands before \4, plural forms after \0.
    local original = text(originals, index):gsub("^[^\4]*\4", ""):gsub("%z.*", "")
    messages[original] = text(translations, index):gsub("%z.*", "")
  end
  return messages
end

-- The English names of each list, once.
local names, known = {}, {}
for _, list in ipairs(LISTS) do
  local path = options.json .. "/iso_" .. list .. ".json"
  local text = read(path)
  if not text then
    error("there is no " .. path .. "; install the Debian package iso-codes, or name its folder with --json", 0)
  end
  names[list] = {}
  for _, entry in ipairs(sentx.json.decode(text)[list]) do
    for _, field in ipairs(FIELDS) do
      local name = entry[field]
      if type(name) == "string" and not known[list .. name] then
        known[list .. name] = true
        table.insert(names[list], name)
      end
    end
  end
end

-- Each pair once. Names that are written alike in both languages teach nothing.
local rows = { english = {}, non_english = {}, language = {} }
local counts = {}
for language in options.languages:gmatch("[^,%s]+") do
  local seen, catalogues, before = {}, 0, #rows.english
  for _, list in ipairs(LISTS) do
    local messages = read_catalogue(options.locale .. "/" .. language .. "/LC_MESSAGES/iso_" .. list .. ".mo")
    if messages then catalogues = catalogues + 1 end
    for _, name in ipairs(messages and names[list] or {}) do
      local translation = messages[name]
      local pair = name .. "\0" .. (translation or "")
      if translation and translation ~= "" and translation:lower() ~= name:lower() and not seen[pair] then
        seen[pair] = true
        table.insert(rows.english, name)
        table.insert(rows.non_english, translation)
        table.insert(rows.language, language)
      end
    end
  end
  if catalogues == 0 then
    error("no translations into '" .. language .. "' in " .. options.locale .. "; languages are named as its folders, such as de or pt_BR", 0)
  end
  counts[#counts + 1] = string.format("%s %d", language, #rows.english - before)
end

-- Names are held out, not pairs, so that dev asks for translations that no other language has shown either.
local english, position = {}, {}
for _, name in ipairs(rows.english) do
  local key = name:lower()
  if not position[key] then
    english[#english + 1] = key
    position[key] = true
  end
end
local order = sentx.Dataset.from_table({ name = english }):shuffle({ seed = SEED }).name
local held_out = {}
for i = 1, math.min(DEV_SIZE, #order // 10) do held_out[order[i]] = true end

local columns = { "english", "non_english", "language" }
local split = { train = {}, dev = {} }
for i, name in ipairs(rows.english) do table.insert(held_out[name:lower()] and split.dev or split.train, i) end
local pairs_ = sentx.Dataset.from_table(rows, { columns = columns })

print(string.format("%d English names with translations to %s: %s", #english, options.output, table.concat(counts, ", ")))
for _, name in ipairs { "train", "dev" } do
  local part = pairs_:select(split[name]):shuffle { seed = SEED }
  part:to_json(options.output .. "/" .. name .. ".jsonl")
  print(string.format("%-14s %7d rows", name .. ".jsonl", #part))
end
