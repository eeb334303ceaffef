-- Files of the SDK, for pages whose `placet.js` came from another server than the one they ask: from one that has been
-- upgraded since, or that stands beside it. Their names have a hash of the content in them.
CREATE TABLE sdk_file (
    name TEXT PRIMARY KEY,
    content BYTEA NOT NULL,
    brotli BYTEA,
    -- When a server of another version was started; null as long as it is the latest that has the file.
    replaced_at TEXT
);
