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
