-- What is small, and looked up by its kind, id, owner or name: definitions of fields, subscriptions, layouts, ...

CREATE TABLE records (
    id    INTEGER PRIMARY KEY,
    shop  INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    owner TEXT,
    name  TEXT,
    body  TEXT    NOT NULL
) STRICT;
CREATE INDEX records_of_kind ON records (shop, kind);
CREATE INDEX records_of_owner ON records (shop, kind, owner) WHERE owner IS NOT NULL;
CREATE UNIQUE INDEX records_by_name ON records (shop, kind, name) WHERE name IS NOT NULL;

-- Another number after each change of a kind, so that whoever keeps what it has read knows when to read again.
CREATE TABLE record_clocks (
    shop  INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    clock INTEGER NOT NULL,
    PRIMARY KEY (shop, kind)
) STRICT, WITHOUT ROWID;
