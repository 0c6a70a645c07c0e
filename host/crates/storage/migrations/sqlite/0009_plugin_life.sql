-- Versions that wait for somebody to agree to what they ask for.
CREATE TABLE offers (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    plugin TEXT    NOT NULL,
    digest TEXT    NOT NULL REFERENCES packages (digest),
    body   TEXT    NOT NULL,
    PRIMARY KEY (shop, plugin)
) STRICT;
CREATE INDEX offers_of_package ON offers (digest);

-- The key that a shop trusts for all plugins of a publisher.
CREATE TABLE publishers (
    shop      INTEGER NOT NULL REFERENCES shops (id),
    publisher TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    pinned_at INTEGER NOT NULL,
    PRIMARY KEY (shop, publisher)
) STRICT, WITHOUT ROWID;

-- What was installed before, with what was agreed to then: where a rollback goes, and what runs have that began with it.
CREATE TABLE replaced_plugins (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    plugin TEXT    NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT    NOT NULL REFERENCES packages (digest),
    body   TEXT    NOT NULL,
    PRIMARY KEY (shop, plugin, number)
) STRICT;
CREATE INDEX replaced_plugins_of_package ON replaced_plugins (digest);
CREATE INDEX installations_of_package ON installations (digest);

-- The highest version that a shop ever had: going below it needs a word. Stays when the plugin goes.
CREATE TABLE plugin_versions (
    shop    INTEGER NOT NULL REFERENCES shops (id),
    plugin  TEXT    NOT NULL,
    highest TEXT    NOT NULL,
    PRIMARY KEY (shop, plugin)
) STRICT, WITHOUT ROWID;
INSERT INTO plugin_versions
SELECT shop, plugin, packages.body ->> '$.manifest.version' FROM installations JOIN packages USING (digest);

-- What came with a package, for people.
CREATE TABLE package_extras (
    digest TEXT PRIMARY KEY REFERENCES packages (digest) ON DELETE CASCADE,
    readme TEXT,
    icon   BLOB
) STRICT;

-- Components that must not run, in no shop. The source is a list, or the operator.
CREATE TABLE revocations (
    source TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (source, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_of_digest ON revocations (digest);

-- How far each list has been followed.
CREATE TABLE revocation_lists (
    source   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
