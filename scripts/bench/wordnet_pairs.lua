-- Writes pairs of WordNet definitions as CSV (text, text, score 0 to 5) for the benchmark, where STS-B is not at hand.
--   sentx-run scripts/bench/wordnet_pairs.lua OUTPUT.csv
local sentx = require "sentx"

local output = arg[1] or error("usage: sentx-run scripts/bench/wordnet_pairs.lua OUTPUT.csv", 0)
local definitions = sentx.load_dataset("data/wordnet/train.jsonl"):column("query")

local function quoted(text) return '"' .. text:gsub('"', '""') .. '"' end

local file = assert(io.open(output, "w"))
local count = 0
for i = 1, #definitions - 1, 2 do
  local first, second = definitions[i], definitions[i + 1]
  -- STS-B sentences have about fourteen tokens; definitions of a like length have 30 to 80 characters.
  if #first >= 30 and #first <= 80 and #second >= 30 and #second <= 80 and count < 6000 then
    file:write(quoted(first), ",", quoted(second), ",", tostring(count % 6), "\n")
    count = count + 1
  end
end
file:close()
print(count .. " pairs written to " .. output)
