-- Widgets, who may ask for them, and the proofs that their visitors left.
--
-- Identifiers are UUIDs written out as text, and dates are ISO 8601 in UTC with milliseconds: in a dispute somebody
-- searches this file for the identifier that is in a visitor's browser, with whatever tool they have. Both kinds of
-- text sort in the order of time.

-- A customer's space. Nothing in one workspace can be read from another.
CREATE TABLE workspace (
    id INTEGER PRIMARY KEY,
    created_at TEXT NOT NULL
) STRICT;

-- What opens a workspace to its administrators. Tokens are random and long, so that a plain SHA-256 keeps them: there
-- is no dictionary to try. A token is looked up by the first bytes of its hash (`selector`) and compared whole in
-- constant time by the server.
CREATE TABLE admin_token (
    token_sha256 BLOB PRIMARY KEY CHECK (length(token_sha256) = 32),
    selector INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    -- A workspace may have several admin tokens, each of which is revoked by its name.
    name TEXT NOT NULL,
    -- 1 to read, 2 to erase as well.
    rights INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    -- When it ends; null: when it is revoked.
    expires_at TEXT,
    -- When it was last used, written once a minute at most.
    last_used_at TEXT
) STRICT;

CREATE INDEX admin_token_by_selector ON admin_token (selector);
CREATE UNIQUE INDEX admin_token_by_name ON admin_token (workspace_id, name);

-- Who read, exported or erased what, and how often a token was shown that opens nothing. A record is added, is never
-- changed, and is removed once it is old enough. It names proofs by the identifier that their place keeps, and no visitor.
CREATE TABLE audit_record (
    -- It begins with the time (UUID v7).
    id TEXT PRIMARY KEY,
    date TEXT NOT NULL,
    -- Null where it is no workspace's, or of all of them.
    workspace_id INTEGER,
    -- `token:` and an admin token's name, `command`, or `unknown`.
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    -- A proof's identifier, a token's name, or what was looked for.
    subject TEXT,
    outcome TEXT NOT NULL,
    -- How many.
    count INTEGER
) STRICT;

CREATE INDEX audit_record_by_workspace ON audit_record (workspace_id, id);

CREATE TRIGGER audit_record_is_immutable BEFORE UPDATE ON audit_record
BEGIN
    SELECT RAISE(ABORT, 'an audit record never changes');
END;

-- A banner on a site. `version_key` is the version in force: the one that visitors are shown.
CREATE TABLE widget (
    id INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    version_key TEXT NOT NULL REFERENCES widget_version (version_key) DEFERRABLE INITIALLY DEFERRED,
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX widget_by_workspace ON widget (workspace_id);

-- What a page shows to be answered. A key opens every widget of its workspace; it is listed once for each widget whose
-- file names it, and goes when the last of them drops it.
CREATE TABLE public_key (
    key TEXT NOT NULL,
    widget_id INTEGER NOT NULL REFERENCES widget (id),
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    PRIMARY KEY (key, widget_id)
) STRICT, WITHOUT ROWID;

-- Every text and service that a widget has ever shown, in every language: a row is written once and never changed, so
-- that a proof always leads back to what its visitor saw.
CREATE TABLE widget_version (
    version_key TEXT PRIMARY KEY,
    widget_id INTEGER NOT NULL REFERENCES widget (id) DEFERRABLE INITIALLY DEFERRED,
    -- The latest version up to this one that asked for more than the version before it.
    ask_key TEXT NOT NULL,
    published_at TEXT NOT NULL,
    -- JSON.
    content TEXT NOT NULL
) STRICT;

CREATE INDEX widget_version_by_widget ON widget_version (widget_id, version_key);

CREATE TRIGGER widget_version_is_immutable BEFORE UPDATE ON widget_version
BEGIN
    SELECT RAISE(ABORT, 'a published version never changes');
END;

-- Proofs are signed and stand in chains, so that one that is altered, missing or added is noticed; docs/proofs.md
-- describes how.

-- The public keys of the servers that have signed proofs in this database.
CREATE TABLE signing_key (
    public_key BLOB PRIMARY KEY CHECK (length(public_key) = 32),
    created_at TEXT NOT NULL
) STRICT;

-- What a run of a server has stated, signed: which chains it begins, and which chains and statements it found when it
-- began. With it the chains hang together, so that one that is missing is noticed.
CREATE TABLE run_statement (
    -- The server's run (UUID).
    run TEXT NOT NULL,
    -- From 1.
    number INTEGER NOT NULL,
    public_key BLOB NOT NULL REFERENCES signing_key (public_key),
    -- JSON, as it is signed.
    statement TEXT NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (run, number)
) STRICT;

-- The proofs of one widget that one run of a server has stored, and how far they go. Only that run ever writes here.
CREATE TABLE chain (
    widget_id INTEGER NOT NULL REFERENCES widget (id),
    -- The server's run (UUID).
    run TEXT NOT NULL,
    public_key BLOB NOT NULL REFERENCES signing_key (public_key),
    -- The number of the last place, and what it is hashed to.
    length INTEGER NOT NULL,
    link BLOB NOT NULL CHECK (length(link) = 32),
    -- The last of the first places that have been removed because they had expired, what it is hashed to, when the last
    -- of them expired and when they were removed, the keys (one after the other) whose signatures were found good
    -- before, and the signature that says that they were removed on purpose.
    removed INTEGER NOT NULL DEFAULT 0,
    removed_link BLOB,
    removed_expiration TEXT,
    removed_at TEXT,
    removal_signed_by BLOB,
    removal_signature BLOB,
    removal_key BLOB REFERENCES signing_key (public_key),
    PRIMARY KEY (widget_id, run)
) STRICT, WITHOUT ROWID;

-- A proof of consent. No address of the visitor is kept. Of a proof that was erased, its place in the chain is left.
CREATE TABLE proof (
    -- What the visitor's browser keeps, and what one searches for. It begins with the time at which it was made
    -- (UUID v7), so that proofs lie in the order of time.
    consent_id TEXT NOT NULL,
    -- The record itself.
    id TEXT,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    widget_id INTEGER NOT NULL REFERENCES widget (id),
    -- The version that was shown: as sent, or the one in force if none was named.
    version_key TEXT REFERENCES widget_version (version_key),
    -- The hash of that version's content, so that the proof's signature covers those very texts. Null in erased proofs.
    version_sha256 BLOB,
    session_id TEXT,
    date TEXT NOT NULL,
    date_expiration TEXT NOT NULL,
    -- 0 visit, 1 quit, 2 consents.
    type INTEGER,
    -- 0 unknown, 1 mobile, 2 desktop, 3 tablet.
    type_device INTEGER,
    -- JSON: the language, the version as it was sent and the decision on every service.
    consents TEXT,
    previous_consent_id TEXT,
    user_id TEXT,
    -- The idempotency key of the request that brought it and that request's body, each hashed under `request_secret`: the
    -- same key with the same body is the same request sent again, and is stored once. The body's hash is null once the
    -- proof has been erased.
    key_hash BLOB CHECK (length(key_hash) = 32),
    body_hash BLOB CHECK (length(body_hash) = 32),

    -- The place in the chain: which chain, which number from 1, what the latest statement of the run is hashed to, and
    -- what the place before it is.
    run TEXT NOT NULL,
    number INTEGER NOT NULL,
    statement_sha256 BLOB NOT NULL CHECK (length(statement_sha256) = 32),
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    -- Random bytes that are hashed with the content.
    salt BLOB CHECK (length(salt) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64),

    -- What is left of an erased proof: what its content was hashed to, when and why it was erased (1 asked for,
    -- 2 expired), and the signature that says that it was erased on purpose.
    content_sha256 BLOB,
    erased_at TEXT,
    erasure_reason INTEGER,
    erasure_signature BLOB,
    erasure_key BLOB REFERENCES signing_key (public_key),

    PRIMARY KEY (widget_id, consent_id)
) STRICT;

CREATE UNIQUE INDEX proof_by_place ON proof (run, widget_id, number);
CREATE UNIQUE INDEX proof_by_request ON proof (widget_id, key_hash) WHERE key_hash IS NOT NULL;
CREATE INDEX proof_by_user ON proof (user_id, widget_id, consent_id) WHERE user_id IS NOT NULL;
CREATE INDEX proof_by_expiration ON proof (date_expiration) WHERE erased_at IS NULL;

-- The secret under which idempotency keys and the bodies of requests are hashed, so that neither can be tried out without
-- it: one row, that the first server makes.
CREATE TABLE request_secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT;

-- What visitors did with each widget on each day, as one run of a server has counted it: a row that no other run writes.
-- Numbers only. They stay when the proofs that they were counted from are erased or removed.
CREATE TABLE statistic (
    widget_id INTEGER NOT NULL REFERENCES widget (id),
    -- The day in UTC, `2026-11-22`.
    day TEXT NOT NULL,
    -- The server's run (UUID).
    run TEXT NOT NULL,
    -- Browsers that were asked and had not been asked before.
    shown INTEGER NOT NULL,
    -- Choices, by how much they granted.
    accepted_all INTEGER NOT NULL,
    refused_all INTEGER NOT NULL,
    partial INTEGER NOT NULL,
    -- The same choices, by purpose: every service of it granted, or not.
    preference_granted INTEGER NOT NULL,
    preference_refused INTEGER NOT NULL,
    analytical_granted INTEGER NOT NULL,
    analytical_refused INTEGER NOT NULL,
    marketing_granted INTEGER NOT NULL,
    marketing_refused INTEGER NOT NULL,
    other_granted INTEGER NOT NULL,
    other_refused INTEGER NOT NULL,
    PRIMARY KEY (widget_id, day, run)
) STRICT, WITHOUT ROWID;

-- Files of the SDK, for pages whose `placet.js` came from another server than the one they ask: from one that has been
-- upgraded since, or that stands beside it. Their names have a hash of the content in them.
CREATE TABLE sdk_file (
    name TEXT PRIMARY KEY,
    content BLOB NOT NULL,
    -- When a server of another version was started; null as long as it is the latest that has the file.
    replaced_at TEXT
) WITHOUT ROWID;
