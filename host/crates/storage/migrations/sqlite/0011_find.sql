-- What lists of deals are mostly filtered and sorted by. `fold`, `number` and `instant` are this program's own functions:
-- text in one case, a number also where it is text, milliseconds since the Unix epoch.

-- Of orders of kind deal. In the order of the ids, rows and all: a list reads it on, and lets it go when the page is full.
CREATE TABLE deals (
    shop        INTEGER NOT NULL,
    id          INTEGER NOT NULL,
    pipeline    TEXT    NOT NULL,
    stage       TEXT    NOT NULL,
    responsible INTEGER,
    company     INTEGER,
    total       REAL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    title       TEXT    NOT NULL,
    PRIMARY KEY (shop, id)
) STRICT, WITHOUT ROWID;
INSERT INTO deals
SELECT shop, id, fold(pipeline), fold(stage), number(body ->> '$.responsible'), number(body ->> '$.company'),
       number(body ->> '$.total.amount'), instant(body ->> '$.created'), instant(body ->> '$.updated'),
       fold(body ->> '$.title')
FROM orders WHERE body ->> '$.kind' = 'deal';
-- Each ends in what the others are asked for together with it, so that rows that do not match are not looked up.
CREATE INDEX deals_by_pipeline ON deals (shop, pipeline, id, stage, responsible, total);
CREATE INDEX deals_by_stage ON deals (shop, stage, id, pipeline, responsible, total);
CREATE INDEX deals_by_responsible ON deals (shop, responsible, id, pipeline, stage, total);
CREATE INDEX deals_by_company ON deals (shop, company);
CREATE INDEX deals_by_total ON deals (shop, total);
CREATE INDEX deals_by_created ON deals (shop, created, id, pipeline, stage, responsible, total);
CREATE INDEX deals_by_updated ON deals (shop, updated, id, pipeline, stage, responsible, total);

CREATE INDEX clients_by_kind ON clients (shop, body ->> '$.kind');

-- Another number after each change, under which it is remembered how many rows match.
CREATE TABLE find_clocks (
    shop  INTEGER NOT NULL,
    list  TEXT    NOT NULL,
    clock INTEGER NOT NULL,
    PRIMARY KEY (shop, list)
) STRICT, WITHOUT ROWID;
