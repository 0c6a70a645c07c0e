-- What a shop adds to the automation of its stages: lists, segments of clients, workflows.

-- Part of the configuration.
CREATE TABLE lists (
    shop INTEGER NOT NULL REFERENCES shops (id),
    name TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;

CREATE TABLE items (
    id   INTEGER PRIMARY KEY,
    shop INTEGER NOT NULL,
    list TEXT    NOT NULL,
    body TEXT    NOT NULL,
    FOREIGN KEY (shop, list) REFERENCES lists (shop, name) ON DELETE CASCADE
) STRICT;
CREATE INDEX items_of_list ON items (shop, list);

-- Part of the configuration.
CREATE TABLE segments (
    shop INTEGER NOT NULL REFERENCES shops (id),
    name TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;

CREATE TABLE workflow_revisions (
    shop     INTEGER NOT NULL REFERENCES shops (id),
    name     TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (shop, name, revision)
) STRICT;
CREATE TRIGGER workflow_revisions_stay BEFORE UPDATE ON workflow_revisions
BEGIN SELECT RAISE(ABORT, 'a published revision is immutable'); END;
CREATE TRIGGER workflow_revisions_remain BEFORE DELETE ON workflow_revisions
BEGIN SELECT RAISE(ABORT, 'a published revision is immutable'); END;

-- The revision in force. Part of the configuration.
CREATE TABLE workflow_current (
    shop     INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (shop, name),
    FOREIGN KEY (shop, name, revision) REFERENCES workflow_revisions (shop, name, revision)
) STRICT, WITHOUT ROWID;
