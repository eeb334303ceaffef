-- Widgets, who may ask for them, and the proofs that their visitors left.
--
-- The same tables as in SQLite, and the same queries. Identifiers are UUIDs written out as text, and dates are ISO 8601
-- in UTC with milliseconds; both sort in the order of time, byte by byte (COLLATE "C").
--
-- No sequences, no triggers, and no foreign keys from what is written with every proof: a row of another table that
-- every writer locks is what writers on several machines would wait for.

-- A customer's space. Nothing in one workspace can be read from another.
CREATE TABLE workspace (
    id BIGINT PRIMARY KEY,
    created_at TEXT NOT NULL
);

-- What opens a workspace to its administrators. Tokens are random and long, so that a plain SHA-256 keeps them: there
-- is no dictionary to try. A token is looked up by the first bytes of its hash (`selector`) and compared whole in
-- constant time by the server.
CREATE TABLE admin_token (
    token_sha256 BYTEA PRIMARY KEY CHECK (length(token_sha256) = 32),
    selector BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    -- A workspace may have several admin tokens, each of which is revoked by its name.
    name TEXT COLLATE "C" NOT NULL,
    -- 1 to read, 2 to erase as well.
    rights SMALLINT NOT NULL,
    created_at TEXT NOT NULL,
    -- When it ends; null: when it is revoked.
    expires_at TEXT,
    -- When it was last used, written once a minute at most.
    last_used_at TEXT
);

CREATE INDEX admin_token_by_selector ON admin_token (selector);
CREATE UNIQUE INDEX admin_token_by_name ON admin_token (workspace_id, name);

-- Who read, exported or erased what, and how often a token was shown that opens nothing. A record is added, is never
-- changed, and is removed once it is old enough. It names proofs by the identifier that their place keeps, and no visitor.
CREATE TABLE audit_record (
    -- It begins with the time (UUID v7).
    id TEXT COLLATE "C" PRIMARY KEY,
    date TEXT NOT NULL,
    -- Null where it is no workspace's, or of all of them.
    workspace_id BIGINT,
    -- `token:` and an admin token's name, `command`, or `unknown`.
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    -- A proof's identifier, a token's name, or what was looked for.
    subject TEXT,
    outcome TEXT NOT NULL,
    -- How many.
    count BIGINT
);

CREATE INDEX audit_record_by_workspace ON audit_record (workspace_id, id);

CREATE FUNCTION refuse_change_of_audit_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an audit record never changes';
END
$$;

CREATE TRIGGER audit_record_is_immutable BEFORE UPDATE ON audit_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit_record();

-- A banner on a site. `version_key` is the version in force: the one that visitors are shown.
CREATE TABLE widget (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    version_key TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE INDEX widget_by_workspace ON widget (workspace_id);

-- What a page shows to be answered. A key opens every widget of its workspace; it is listed once for each widget whose
-- file names it, and goes when the last of them drops it.
CREATE TABLE public_key (
    key TEXT NOT NULL,
    widget_id BIGINT NOT NULL REFERENCES widget (id),
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    PRIMARY KEY (key, widget_id)
);

-- Every text and service that a widget has ever shown, in every language: a row is written once and never changed, so
-- that a proof always leads back to what its visitor saw.
CREATE TABLE widget_version (
    version_key TEXT COLLATE "C" PRIMARY KEY,
    widget_id BIGINT NOT NULL,
    -- The latest version up to this one that asked for more than the version before it.
    ask_key TEXT NOT NULL,
    published_at TEXT NOT NULL,
    -- JSON.
    content TEXT NOT NULL
);

CREATE INDEX widget_version_by_widget ON widget_version (widget_id, version_key);

-- The public keys of the servers that have signed proofs in this database.
CREATE TABLE signing_key (
    public_key BYTEA PRIMARY KEY CHECK (length(public_key) = 32),
    created_at TEXT NOT NULL
);

-- What a run of a server has stated, signed: which chains it begins, and which chains and statements it found when it
-- began. With it the chains hang together, so that one that is missing is noticed.
CREATE TABLE run_statement (
    -- The server's run (UUID).
    run TEXT COLLATE "C" NOT NULL,
    -- From 1.
    number BIGINT NOT NULL,
    public_key BYTEA NOT NULL,
    -- JSON, as it is signed.
    statement TEXT NOT NULL,
    signature BYTEA NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (run, number)
);

-- The proofs of one widget that one run of a server has stored, and how far they go. Only that run ever writes here.
CREATE TABLE chain (
    widget_id BIGINT NOT NULL,
    -- The server's run (UUID).
    run TEXT COLLATE "C" NOT NULL,
    public_key BYTEA NOT NULL,
    -- The number of the last place, and what it is hashed to.
    length BIGINT NOT NULL,
    link BYTEA NOT NULL CHECK (length(link) = 32),
    -- The last of the first places that have been removed because they had expired, what it is hashed to, when the last
    -- of them expired and when they were removed, the keys (one after the other) whose signatures were found good
    -- before, and the signature that says that they were removed on purpose.
    removed BIGINT NOT NULL DEFAULT 0,
    removed_link BYTEA,
    removed_expiration TEXT,
    removed_at TEXT,
    removal_signed_by BYTEA,
    removal_signature BYTEA,
    removal_key BYTEA,
    PRIMARY KEY (widget_id, run)
);

-- A proof of consent. No address of the visitor is kept. Of a proof that was erased, its place in the chain is left.
--
-- Partitioned by month: `consent_id` begins with the time at which it was made (UUID v7), so that its text alone says in
-- which month it lies. The server makes the partitions of the coming months; what fits none of them goes to the default.
CREATE TABLE proof (
    -- What the visitor's browser keeps, and what one searches for.
    consent_id TEXT COLLATE "C" NOT NULL,
    -- The record itself.
    id TEXT,
    workspace_id BIGINT NOT NULL,
    widget_id BIGINT NOT NULL,
    -- The version that was shown: as sent, or the one in force if none was named.
    version_key TEXT,
    -- The hash of that version's content, so that the proof's signature covers those very texts. Null in erased proofs.
    version_sha256 BYTEA,
    session_id TEXT,
    date TEXT NOT NULL,
    date_expiration TEXT COLLATE "C" NOT NULL,
    -- 0 visit, 1 quit, 2 consents.
    type SMALLINT,
    -- 0 unknown, 1 mobile, 2 desktop, 3 tablet.
    type_device SMALLINT,
    -- JSON: the language, the version as it was sent and the decision on every service. As text, so that it is given
    -- back as it was signed.
    consents TEXT,
    previous_consent_id TEXT,
    user_id TEXT COLLATE "C",
    -- The idempotency key of the request that brought it, hashed: see `request`.
    key_hash BYTEA,

    -- The place in the chain: which chain, which number from 1, what the latest statement of the run is hashed to, and
    -- what the place before it is.
    run TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    statement_sha256 BYTEA NOT NULL CHECK (length(statement_sha256) = 32),
    previous BYTEA NOT NULL CHECK (length(previous) = 32),
    -- Random bytes that are hashed with the content.
    salt BYTEA CHECK (length(salt) = 32),
    signature BYTEA NOT NULL CHECK (length(signature) = 64),

    -- What is left of an erased proof: what its content was hashed to, when and why it was erased (1 asked for,
    -- 2 expired), and the signature that says that it was erased on purpose.
    content_sha256 BYTEA,
    erased_at TEXT,
    erasure_reason SMALLINT,
    erasure_signature BYTEA,
    erasure_key BYTEA,

    PRIMARY KEY (widget_id, consent_id)
) PARTITION BY RANGE (consent_id);

CREATE TABLE proof_default PARTITION OF proof DEFAULT;

CREATE INDEX proof_by_place ON proof (run, widget_id, number);
CREATE INDEX proof_by_user ON proof (user_id, widget_id, consent_id) WHERE user_id IS NOT NULL;
CREATE INDEX proof_by_expiration ON proof (date_expiration) WHERE erased_at IS NULL;

-- The idempotency keys of requests and their bodies, each hashed under `request_secret`: the same key with the same body is
-- the same request sent again, and is stored once. A table of its own, as a partitioned one can't keep a key from being
-- used in two months.
CREATE TABLE request (
    widget_id BIGINT NOT NULL,
    key_hash BYTEA NOT NULL CHECK (length(key_hash) = 32),
    -- Null once the proof has been erased.
    body_hash BYTEA CHECK (length(body_hash) = 32),
    consent_id TEXT NOT NULL,
    PRIMARY KEY (widget_id, key_hash)
);

-- The secret under which idempotency keys and the bodies of requests are hashed, so that neither can be tried out without
-- it: one row, that the first server makes.
CREATE TABLE request_secret (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    secret BYTEA NOT NULL CHECK (length(secret) = 32)
);

-- What visitors did with each widget on each day, as one run of a server has counted it: a row that no other run writes.
-- Numbers only. They stay when the proofs that they were counted from are erased or removed.
CREATE TABLE statistic (
    widget_id BIGINT NOT NULL,
    -- The day in UTC, `2026-11-22`.
    day TEXT COLLATE "C" NOT NULL,
    -- The server's run (UUID).
    run TEXT COLLATE "C" NOT NULL,
    -- Browsers that were asked and had not been asked before.
    shown BIGINT NOT NULL,
    -- Choices, by how much they granted.
    accepted_all BIGINT NOT NULL,
    refused_all BIGINT NOT NULL,
    partial BIGINT NOT NULL,
    -- The same choices, by purpose: every service of it granted, or not.
    preference_granted BIGINT NOT NULL,
    preference_refused BIGINT NOT NULL,
    analytical_granted BIGINT NOT NULL,
    analytical_refused BIGINT NOT NULL,
    marketing_granted BIGINT NOT NULL,
    marketing_refused BIGINT NOT NULL,
    other_granted BIGINT NOT NULL,
    other_refused BIGINT NOT NULL,
    PRIMARY KEY (widget_id, day, run)
);

-- Files of the SDK, for pages whose `placet.js` came from another server than the one they ask: from one that has been
-- upgraded since, or that stands beside it. Their names have a hash of the content in them.
CREATE TABLE sdk_file (
    name TEXT PRIMARY KEY,
    content BYTEA NOT NULL,
    -- When a server of another version was started; null as long as it is the latest that has the file.
    replaced_at TEXT
);
