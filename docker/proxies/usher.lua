-- Asks Usher about a request, for HAProxy: `http-request lua.usher "?rules"`. Only 200 lets it pass; every other answer goes back to
-- the client as it is, so that a script learns why and a browser is sent to the sign-in page.
local usher = os.getenv("USHER")
local told = {
  "x-auth-user", "x-auth-email", "x-auth-name", "x-auth-roles", "x-auth-permissions", "x-auth-session", "x-auth-licence",
  "x-auth-aal", "x-auth-assertion",
}
local away = '{"type":"/problems/store-unavailable","title":"Sessions cannot be checked","status":503,'
  .. '"detail":"Send the request again in a moment.","retryAfterSeconds":1}'

-- What Usher needs of the request: who calls, from where, and what for.
local asked = {
  "cookie", "authorization", "user-agent", "accept", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-websocket-key",
  "x-background", "x-forwarded-for", "host",
}

core.register_action("usher", { "http-req" }, function(txn, rules)
  local given = txn.http:req_get_headers()
  -- A session belongs to one client: HAProxy must not name itself where the client is silent.
  local headers = {
    ["user-agent"] = { "" },
    ["x-original-method"] = { txn.sf:method() },
    ["x-original-uri"] = { txn.sf:pathq() },
  }
  for _, name in ipairs(asked) do
    if given[name] then
      local values = {}
      for at = 0, #given[name] do values[#values + 1] = given[name][at] end
      headers[name] = values
    end
  end
  local answer = core.httpclient():get({ url = usher .. "/auth/verify" .. rules, headers = headers, timeout = 5000 })
  if answer ~= nil and answer.status == 200 then
    for _, name in ipairs(told) do
      local value = answer.headers[name]
      txn.http:req_set_header(name, value and value[0] or "")
    end
    return
  end
  local reply = txn:reply({ status = 503, body = away })
  if answer == nil or answer.status == nil or answer.status < 300 then
    reply:add_header("content-type", "application/problem+json")
    reply:add_header("cache-control", "no-store")
    reply:add_header("retry-after", "1")
  else
    reply:set_status(answer.status)
    reply:set_body(answer.body or "")
    for _, name in ipairs({ "content-type", "cache-control", "location", "retry-after", "www-authenticate", "x-request-id" }) do
      if answer.headers[name] then reply:add_header(name, answer.headers[name][0]) end
    end
  end
  txn:done(reply)
end, 1)
