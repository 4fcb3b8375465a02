-- Copyright (C) 2026 the ngx_http_s3o_presign_module authors
--
-- A signer of presigned URLs in Lua, as good as we can make it, to measure the
-- module against: SHA-256 by libcrypto through the FFI, keyed states of HMAC
-- that live a day, and all text that does not depend on the key of the object
-- once a second.

local ffi = require "ffi"

ffi.cdef[[
typedef struct {
    unsigned int  h[8];
    unsigned int  nl, nh;
    unsigned int  data[16];
    unsigned int  num, md_len;
} s3o_sha256_t;

int SHA256_Init(s3o_sha256_t *c);
int SHA256_Update(s3o_sha256_t *c, const void *data, size_t len);
int SHA256_Final(unsigned char *md, s3o_sha256_t *c);
]]

local C = ffi.C
local bit = require "bit"
local size = ffi.sizeof("s3o_sha256_t")
local find, gsub, byte = string.find, string.gsub, string.byte

local ctx = ffi.new("s3o_sha256_t")
local fresh = ffi.new("s3o_sha256_t")
local inner = ffi.new("s3o_sha256_t")
local outer = ffi.new("s3o_sha256_t")
local md = ffi.new("unsigned char[32]")
local text = ffi.new("char[64]")

C.SHA256_Init(fresh)

local digits = ffi.new("unsigned short[256]")
local hex = ffi.cast("unsigned short *", text)

for i = 0, 255 do
    local s = string.format("%02x", i)
    digits[i] = byte(s, 1) + 256 * byte(s, 2)
end


local function md_hex()
    for i = 0, 31 do
        hex[i] = digits[md[i]]
    end

    return ffi.string(text, 64)
end


-- the two states of HMAC once its key has gone in

local function keyed(key)
    local pad = ffi.new("unsigned char[64]")

    ffi.copy(pad, key, #key)

    if #key > 64 then
        error("a key of more than one block")
    end

    for i = 0, 63 do
        pad[i] = bit.bxor(pad[i], 0x36)
    end

    C.SHA256_Init(inner)
    C.SHA256_Update(inner, pad, 64)

    for i = 0, 63 do
        pad[i] = bit.bxor(pad[i], 0x36, 0x5c)
    end

    C.SHA256_Init(outer)
    C.SHA256_Update(outer, pad, 64)
end


local function hmac(data)
    ffi.copy(ctx, inner, size)
    C.SHA256_Update(ctx, data, #data)
    C.SHA256_Final(md, ctx)

    ffi.copy(ctx, outer, size)
    C.SHA256_Update(ctx, md, 32)
    C.SHA256_Final(md, ctx)
end


local function escape(s, pattern)
    if not find(s, pattern) then
        return s
    end

    return (gsub(s, pattern, function(c)
        return string.format("%%%02X", byte(c))
    end))
end


local conf
local now, day = 0, ""
local query, tail, head, location


local function new_second(t)
    local date = os.date("!%Y%m%dT%H%M%SZ", t)
    local scope = date:sub(1, 8) .. "/" .. conf.region
                  .. "/s3-outposts/aws4_request"

    if date:sub(1, 8) ~= day then
        day = date:sub(1, 8)
        keyed("AWS4" .. conf.secret_key)

        for part in scope:gmatch("[^/]+") do
            hmac(part)
            keyed(ffi.string(md, 32))
        end
    end

    query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            .. escape(conf.access_key .. "/" .. scope, "[^%w%-._~]")
            .. "&X-Amz-Date=" .. date .. "&X-Amz-Expires=900"
            .. "&X-Amz-Security-Token=" .. escape(conf.token, "[^%w%-._~]")
            .. "&X-Amz-SignedHeaders=host"

    tail = "\n" .. query .. "\nhost:" .. conf.host
           .. "\n\nhost\nUNSIGNED-PAYLOAD"

    head = "AWS4-HMAC-SHA256\n" .. date .. "\n" .. scope .. "\n"
    query = "?" .. query .. "&X-Amz-Signature="
    location = "https://" .. conf.host .. "/"
    now = t
end


local M = {}


function M.init(c)
    conf = c
end


function M.redirect()
    local t = ngx.time()

    if t ~= now then
        new_second(t)
    end

    local key = escape(ngx.var.uri:sub(conf.prefix + 1), "[^%w%-._~/]")

    ffi.copy(ctx, fresh, size)
    C.SHA256_Update(ctx, "GET\n/", 5)
    C.SHA256_Update(ctx, key, #key)
    C.SHA256_Update(ctx, tail, #tail)
    C.SHA256_Final(md, ctx)

    hmac(head .. md_hex())

    local header = ngx.header

    ngx.status = 307
    header.content_length = 0
    header.cache_control = "no-store"
    header.location = location .. key .. query .. md_hex()

    ngx.send_headers()
    ngx.eof()
end


return M
