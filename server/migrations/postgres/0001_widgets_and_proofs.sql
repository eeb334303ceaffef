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
    created_at TEXT NOT NULL
);

CREATE INDEX admin_token_by_selector ON admin_token (selector);

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

-- The proofs of one widget that one run of a server has stored, and how far they go. Only that run ever writes here.
CREATE TABLE chain (
    widget_id BIGINT NOT NULL,
    -- The server's run (UUID).
    run TEXT COLLATE "C" NOT NULL,
    public_key BYTEA NOT NULL,
    -- The number of the last place, and what it is hashed to.
    length BIGINT NOT NULL,
    link BYTEA NOT NULL CHECK (length(link) = 32),
    -- The last of the first places that have been removed because they had expired, what it is hashed to, and the
    -- signature that says that they were removed on purpose.
    removed BIGINT NOT NULL DEFAULT 0,
    removed_link BYTEA,
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
    -- The name that the client gave to its request: see `request`.
    idempotency_key TEXT,

    -- The place in the chain: which chain, which number from 1, and what the place before it is hashed to.
    run TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
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

-- The names that clients gave to their requests, and the SHA-256 of what each said: the same name with the same words is
-- the same request sent again, and is stored once. A table of its own, as a partitioned one can't keep a name from being
-- used in two months.
CREATE TABLE request (
    widget_id BIGINT NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    -- Null once the proof has been erased.
    request_sha256 BYTEA,
    consent_id TEXT NOT NULL,
    PRIMARY KEY (widget_id, idempotency_key)
);
