-- Grange's daemons: each answers with a page in Prometheus' own format, which is passed on line by line.

local daemons = { "grange-routed", "grange-uplinkd", "grange-rpcd" }

-- Where a line goes: to the exporter's function `output`, or to its file `out` in versions since July 2025.
local function say(line)
  if output then
    output(line)
  else
    out:write(line, "\n")
  end
end

local function scrape()
  local up = {}
  for _, daemon in ipairs(daemons) do
    -- A daemon that is not installed or does not run says nothing, and that is told below.
    local page = io.popen(daemon .. " --timeout 5 metrics 2>/dev/null")
    if page then
      for line in page:lines() do
        up[daemon] = 1
        say(line)
      end
      page:close()
    end
  end
  local running = metric("grange_daemon_up", "gauge")
  for _, daemon in ipairs(daemons) do
    running({ daemon = daemon }, up[daemon] or 0)
  end
end

return { scrape = scrape }
