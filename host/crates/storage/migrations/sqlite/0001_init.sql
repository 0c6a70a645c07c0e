-- State tables: columns that a query needs, and `body`, the whole value as JSON.
-- Every row belongs to a shop. `open`, `pending` and the like are 0 or 1.
-- Indices without a WHERE end in the rowid, which is the id: lists come out in order without sorting.

-- ---------------------------------------------------------------- shops

CREATE TABLE shops (
    id             INTEGER PRIMARY KEY,
    -- Grows with every change of a table that ends in "part of the configuration" below.
    config_version INTEGER NOT NULL,
    body           TEXT    NOT NULL
) STRICT;

-- Part of the configuration.
CREATE TABLE employees (
    id   INTEGER PRIMARY KEY,
    shop INTEGER NOT NULL REFERENCES shops (id),
    body TEXT    NOT NULL
) STRICT;
CREATE INDEX employees_of_shop ON employees (shop);

CREATE TABLE tokens (
    id   INTEGER PRIMARY KEY,
    shop INTEGER NOT NULL REFERENCES shops (id),
    hash TEXT    NOT NULL UNIQUE,
    body TEXT    NOT NULL
) STRICT;
CREATE INDEX tokens_of_shop ON tokens (shop);

-- What was answered to a key of a source the first time.
CREATE TABLE answers (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    source TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    answer TEXT    NOT NULL,
    PRIMARY KEY (shop, source, key)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- automation

-- Part of the configuration.
CREATE TABLE pipelines (
    shop INTEGER NOT NULL REFERENCES shops (id),
    id   TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, id)
) STRICT;

CREATE TABLE drafts (
    shop     INTEGER NOT NULL,
    pipeline TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (shop, pipeline),
    FOREIGN KEY (shop, pipeline) REFERENCES pipelines (shop, id)
) STRICT;

CREATE TABLE automation_revisions (
    shop     INTEGER NOT NULL,
    pipeline TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (shop, pipeline, revision),
    FOREIGN KEY (shop, pipeline) REFERENCES pipelines (shop, id)
) STRICT;
CREATE TRIGGER automation_revisions_stay BEFORE UPDATE ON automation_revisions
BEGIN SELECT RAISE(ABORT, 'a published revision is immutable'); END;
CREATE TRIGGER automation_revisions_remain BEFORE DELETE ON automation_revisions
BEGIN SELECT RAISE(ABORT, 'a published revision is immutable'); END;

-- The revision in force. Part of the configuration.
CREATE TABLE automation_current (
    shop     INTEGER NOT NULL,
    pipeline TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (shop, pipeline),
    FOREIGN KEY (shop, pipeline, revision) REFERENCES automation_revisions (shop, pipeline, revision)
) STRICT, WITHOUT ROWID;

-- Part of the configuration.
CREATE TABLE templates (
    shop INTEGER NOT NULL REFERENCES shops (id),
    name TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;

-- Part of the configuration.
CREATE TABLE numerators (
    shop INTEGER NOT NULL REFERENCES shops (id),
    name TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;

-- The last number taken. Not a column of `numerators`: taking one must not change the configuration.
CREATE TABLE numerators_state (
    shop      INTEGER NOT NULL REFERENCES shops (id),
    numerator TEXT    NOT NULL,
    last      INTEGER NOT NULL,
    PRIMARY KEY (shop, numerator)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- plugins

-- Bytes and what was read from them are the same for every shop, and never change under one digest.
CREATE TABLE packages (
    digest    TEXT PRIMARY KEY,
    body      TEXT NOT NULL,
    component BLOB NOT NULL
) STRICT;

-- Part of the configuration.
CREATE TABLE installations (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    plugin TEXT    NOT NULL,
    digest TEXT    NOT NULL REFERENCES packages (digest),
    body   TEXT    NOT NULL,
    PRIMARY KEY (shop, plugin)
) STRICT;

-- What was removed, so that nobody brings it back unasked.
CREATE TABLE removed_plugins (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    plugin TEXT    NOT NULL,
    PRIMARY KEY (shop, plugin)
) STRICT, WITHOUT ROWID;

CREATE TABLE plugin_storage (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    plugin TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    value  BLOB    NOT NULL,
    PRIMARY KEY (shop, plugin, key)
) STRICT;

CREATE TABLE secrets (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    plugin TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    value  BLOB    NOT NULL,
    PRIMARY KEY (shop, plugin, name)
) STRICT;

-- ---------------------------------------------------------------- orders and clients
-- From here on, tables grow with the trade. They do not refer to `shops` by a foreign key, which would cost a
-- look-up for each row; `check` looks for rows without a shop instead.

CREATE TABLE orders (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL,
    pipeline TEXT    NOT NULL,
    stage    TEXT    NOT NULL,
    number   TEXT    NOT NULL,
    -- The ids in `order_clients`, to see without reading them that they have not changed.
    clients  TEXT    NOT NULL,
    -- Another one for each time that the row is written.
    stamp    INTEGER NOT NULL,
    -- Without its lines.
    body     TEXT    NOT NULL
) STRICT;
CREATE INDEX orders_of_shop ON orders (shop);
CREATE INDEX orders_of_stage ON orders (shop, pipeline, stage);
CREATE INDEX orders_by_number ON orders (shop, number);

-- In rows of their own: they are most of an order, few changes touch them, and SQLite writes rows whole.
CREATE TABLE order_lines (
    order_id INTEGER PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
    lines    TEXT    NOT NULL
) STRICT;

CREATE TABLE order_clients (
    shop     INTEGER NOT NULL,
    client   INTEGER NOT NULL,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    PRIMARY KEY (shop, client, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_clients_of_order ON order_clients (order_id);

CREATE TABLE clients (
    id   INTEGER PRIMARY KEY,
    shop INTEGER NOT NULL,
    body TEXT    NOT NULL
) STRICT;
CREATE INDEX clients_of_shop ON clients (shop);

CREATE TABLE client_addresses (
    shop    INTEGER NOT NULL,
    -- 'phone' as stored, 'email' in lower case.
    kind    TEXT    NOT NULL,
    address TEXT    NOT NULL,
    client  INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    PRIMARY KEY (shop, kind, address, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_addresses_of_client ON client_addresses (client);

-- ---------------------------------------------------------------- events and matches

CREATE TABLE events (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL,
    order_id INTEGER,
    kind     TEXT    NOT NULL,
    -- Without its payload.
    body     TEXT    NOT NULL,
    data     TEXT
) STRICT;
CREATE INDEX events_of_shop ON events (shop);
CREATE INDEX events_of_order ON events (shop, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX events_of_kind ON events (shop, kind);
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;

CREATE TABLE matches (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL,
    order_id INTEGER,
    pending  INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT;
CREATE INDEX matches_of_shop ON matches (shop);
CREATE INDEX matches_of_order ON matches (shop, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX matches_pending ON matches (shop, order_id) WHERE pending = 1;

-- ---------------------------------------------------------------- runs

CREATE TABLE runs (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    visit    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    rule     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    -- Not ended.
    open     INTEGER NOT NULL,
    wake_at  INTEGER,
    -- Another one for each time that the row is written.
    stamp    INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT;
CREATE INDEX runs_of_shop ON runs (shop);
CREATE INDEX runs_of_order ON runs (shop, order_id);
-- Not of those that will be in another state in a moment: each step would write the index three times.
CREATE INDEX runs_in_state ON runs (shop, state) WHERE state NOT IN ('ready', 'blocked');
CREATE INDEX runs_of_rule ON runs (shop, rule);
-- Holds all that a restart asks of the ready ones, so that no step pays for an index of theirs.
CREATE INDEX runs_open ON runs (shop, order_id, visit, position, state, open) WHERE open = 1;
CREATE INDEX runs_to_wake ON runs (wake_at, shop) WHERE wake_at IS NOT NULL;

-- What waiting runs wait for: a row for each kind and subject of their filter. The subject is the narrowest
-- that the filter names: "r:<correlation>", "o:<order>", "c:<client>" for each client, else "*".
CREATE TABLE waits (
    shop    INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    run     INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    PRIMARY KEY (shop, kind, subject, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_of_run ON waits (run);
CREATE TRIGGER runs_wait_no_longer BEFORE UPDATE OF state ON runs WHEN old.state = 'waiting'
BEGIN DELETE FROM waits WHERE run = old.id; END;

-- HTTP answers that a step has had.
CREATE TABLE journal (
    shop   INTEGER NOT NULL,
    run    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step   INTEGER NOT NULL,
    key    TEXT    NOT NULL,
    answer TEXT    NOT NULL,
    PRIMARY KEY (run, step, key)
) STRICT;

-- ---------------------------------------------------------------- outbox

CREATE TABLE outbox (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL,
    order_id INTEGER,
    run      INTEGER,
    channel  TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    next_at  INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT;
CREATE INDEX outbox_of_shop ON outbox (shop);
CREATE INDEX outbox_of_order ON outbox (shop, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX outbox_in_state ON outbox (shop, state, channel) WHERE state NOT IN ('pending', 'sending');
CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'pending';
CREATE INDEX outbox_unsent_of_run ON outbox (run) WHERE state = 'pending' AND run IS NOT NULL;
CREATE INDEX outbox_sending ON outbox (state) WHERE state = 'sending';

-- ---------------------------------------------------------------- content

CREATE TABLE entries (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL,
    order_id INTEGER,
    kind     TEXT    NOT NULL,
    body     TEXT    NOT NULL
) STRICT;
CREATE INDEX entries_of_shop ON entries (shop);
CREATE INDEX entries_of_order ON entries (shop, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX entries_of_kind ON entries (shop, kind);

CREATE TABLE documents (
    id       INTEGER PRIMARY KEY,
    shop     INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    code     TEXT,
    body     TEXT    NOT NULL,
    -- Last, so that reading the others never touches its pages.
    content  BLOB    NOT NULL
) STRICT;
CREATE INDEX documents_of_shop ON documents (shop);
CREATE INDEX documents_of_order ON documents (shop, order_id);
CREATE UNIQUE INDEX documents_by_code ON documents (code) WHERE code IS NOT NULL;

-- ---------------------------------------------------------------- ids

-- The highest id that has been deleted from a table, where ids can be: none is handed out twice, not even
-- after a restart.
CREATE TABLE departed (
    sequence TEXT PRIMARY KEY,
    id       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
