-- A workspace may have several admin tokens, each of which somebody can take back by its name.
ALTER TABLE admin_token ADD COLUMN name TEXT NOT NULL DEFAULT 'admin';
-- 1 to read, 2 to erase as well.
ALTER TABLE admin_token ADD COLUMN rights INTEGER NOT NULL DEFAULT 2;

CREATE UNIQUE INDEX admin_token_by_name ON admin_token (workspace_id, name);
