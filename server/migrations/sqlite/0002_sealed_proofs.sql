-- Proofs are signed and stand in chains, so that one that is altered, missing or added is noticed; docs/proofs.md
-- describes how.

-- The public keys of the servers that have signed proofs in this database.
CREATE TABLE signing_key (
    public_key BLOB PRIMARY KEY CHECK (length(public_key) = 32),
    created_at TEXT NOT NULL
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
    -- The last of the first places that have been removed because they had expired, what it is hashed to, and the
    -- signature that says that they were removed on purpose.
    removed INTEGER NOT NULL DEFAULT 0,
    removed_link BLOB,
    removal_signature BLOB,
    removal_key BLOB REFERENCES signing_key (public_key),
    PRIMARY KEY (widget_id, run)
) STRICT, WITHOUT ROWID;

-- Proofs that were stored before they were signed wait here until a server signs them, which it does when it starts.
ALTER TABLE proof RENAME TO unsealed_proof;
DROP INDEX proof_by_request;

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
    -- The name that the client gave to its request, and the SHA-256 of what the request said: the same name with the
    -- same words is the same request sent again, and is stored once.
    idempotency_key TEXT,
    request_sha256 BLOB,

    -- The place in the chain: which chain, which number from 1, and what the place before it is hashed to.
    run TEXT NOT NULL,
    number INTEGER NOT NULL,
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
CREATE UNIQUE INDEX proof_by_request ON proof (widget_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX proof_by_user ON proof (user_id, widget_id, consent_id) WHERE user_id IS NOT NULL;
CREATE INDEX proof_by_expiration ON proof (date_expiration) WHERE erased_at IS NULL;
