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
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX admin_token_by_selector ON admin_token (selector);

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

-- A proof of consent. No address of the visitor is kept.
CREATE TABLE proof (
    -- What the visitor's browser keeps, and what one searches for.
    consent_id TEXT PRIMARY KEY,
    -- The record itself.
    id TEXT NOT NULL,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    widget_id INTEGER NOT NULL REFERENCES widget (id),
    -- The version that was shown: as sent, or the one in force if none was named.
    version_key TEXT NOT NULL REFERENCES widget_version (version_key),
    session_id TEXT NOT NULL,
    date TEXT NOT NULL,
    date_expiration TEXT NOT NULL,
    -- 0 visit, 1 quit, 2 consents.
    type INTEGER NOT NULL,
    -- 0 unknown, 1 mobile, 2 desktop, 3 tablet.
    type_device INTEGER NOT NULL,
    -- JSON: the language, the version as it was sent and the decision on every service.
    consents TEXT NOT NULL,
    previous_consent_id TEXT,
    user_id TEXT,
    -- The name that the client gave to its request, and the SHA-256 of what the request said: the same name with the
    -- same words is the same request sent again, and is stored once.
    idempotency_key TEXT,
    request_sha256 BLOB
) STRICT;

CREATE UNIQUE INDEX proof_by_request ON proof (widget_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
