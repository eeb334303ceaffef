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
