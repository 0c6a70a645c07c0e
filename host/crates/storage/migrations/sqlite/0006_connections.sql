-- Accounts with gateways, each carried by a provider's plugin, and their secrets.

CREATE TABLE connections (
    shop INTEGER NOT NULL REFERENCES shops (id),
    id   TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, id)
) STRICT;

CREATE TABLE connection_secrets (
    shop       INTEGER NOT NULL,
    connection TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    value      BLOB    NOT NULL,
    PRIMARY KEY (shop, connection, name),
    FOREIGN KEY (shop, connection) REFERENCES connections (shop, id) ON DELETE CASCADE
) STRICT;
