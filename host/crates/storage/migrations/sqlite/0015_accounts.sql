-- Who signs in to the console. Each belongs to one shop; a person may have one in several.

CREATE TABLE accounts (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL REFERENCES shops (id),
    email    TEXT    NOT NULL,
    -- As argon2 writes it.
    password TEXT,
    body     TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX accounts_by_email ON accounts (email, shop);
CREATE INDEX accounts_of_shop ON accounts (shop);

-- What lets them in: sessions, and entrances that are used once. Of secrets only the hashes.
CREATE TABLE tickets (
    hash    TEXT    NOT NULL PRIMARY KEY,
    shop    INTEGER NOT NULL,
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Milliseconds.
    ends    INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_of_account ON tickets (account);
CREATE INDEX tickets_by_end ON tickets (ends);

-- What was changed about a shop, and by whom. Each hash is over the one before it and the body.
CREATE TABLE audit (
    shop   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash   TEXT    NOT NULL,
    body   TEXT    NOT NULL,
    PRIMARY KEY (shop, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_remains BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
