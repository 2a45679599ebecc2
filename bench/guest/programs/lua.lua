-- Tables, closures, strings and coroutines.
local seed = 1
local function number()
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed >> 8
end

local function queens(n)
  local found, columns, up, down = 0, {}, {}, {}
  local function place(row)
    if row > n then found = found + 1 return end
    for c = 1, n do
      if not (columns[c] or up[row + c] or down[row - c]) then
        columns[c], up[row + c], down[row - c] = true, true, true
        place(row + 1)
        columns[c], up[row + c], down[row - c] = nil, nil, nil
      end
    end
  end
  place(1)
  return found
end
print(queens(8))

local values = {}
for i = 1, 100000 do values[i] = number() end
table.sort(values, function(a, b) return a < b end)
print(values[1], values[50000], values[100000])

local pieces = {}
for i = 1, 60000 do pieces[#pieces + 1] = string.format("%x", number()) end
local text = table.concat(pieces, " ")
local count = 0
for word in text:gmatch("%f[%w]a%w+") do count = count + #word end
print(count, (text:gsub("(%d)%1", "<%1>")):sub(1, 200))

local function walk(depth)
  if depth == 0 then coroutine.yield(number() % 7) return end
  walk(depth - 1)
  walk(depth - 1)
end
local sum = 0
for value in coroutine.wrap(function() walk(16) end) do sum = sum + value end
print(sum)
