-- What clients do on channels: write in open channels, send forms, visit, open what they were sent.

CREATE TABLE open_channels (
    shop INTEGER NOT NULL REFERENCES shops (id),
    name TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;

CREATE TABLE forms (
    shop INTEGER NOT NULL REFERENCES shops (id),
    name TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;

-- From here on, tables grow with the trade.

-- Somebody in an open channel, by the messenger's own id.
CREATE TABLE peers (
    shop    INTEGER NOT NULL,
    channel TEXT    NOT NULL,
    peer    TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (shop, channel, peer)
) STRICT;

CREATE TABLE chat_sessions (
    id      INTEGER PRIMARY KEY,
    shop    INTEGER NOT NULL,
    channel TEXT    NOT NULL,
    peer    TEXT    NOT NULL,
    client  INTEGER,
    body    TEXT    NOT NULL
) STRICT;
CREATE INDEX chat_sessions_of_shop ON chat_sessions (shop);
CREATE INDEX chat_sessions_of_channel ON chat_sessions (shop, channel);
CREATE INDEX chat_sessions_of_peer ON chat_sessions (shop, channel, peer);
CREATE INDEX chat_sessions_of_client ON chat_sessions (shop, client) WHERE client IS NOT NULL;

CREATE TABLE chat_messages (
    id      INTEGER PRIMARY KEY,
    shop    INTEGER NOT NULL,
    session INTEGER NOT NULL REFERENCES chat_sessions (id),
    hidden  INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT;
CREATE INDEX chat_messages_of_session ON chat_messages (shop, session);
CREATE INDEX chat_messages_shown ON chat_messages (shop, session) WHERE hidden = 0;

CREATE TABLE visitors (
    shop    INTEGER NOT NULL,
    visitor TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (shop, visitor)
) STRICT;

-- What the provider of a mail calls it: a reply names it so.
CREATE TABLE sent_mails (
    shop        INTEGER NOT NULL,
    provider_id TEXT    NOT NULL,
    message     INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    PRIMARY KEY (shop, provider_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_mails_of_message ON sent_mails (message);

-- How often something was opened or followed.
CREATE TABLE counts (
    shop    INTEGER NOT NULL,
    what    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    times   INTEGER NOT NULL,
    PRIMARY KEY (shop, what, subject)
) STRICT, WITHOUT ROWID;

-- Phone numbers are also found by their last seven digits, as 'phone-end' in `client_addresses`: those that were there
-- before. What else than digits may stand in one is what people write between them.
INSERT INTO client_addresses (shop, kind, address, client)
SELECT DISTINCT shop, 'phone-end', substr(digits, -7), client FROM (
    SELECT shop, client, replace(replace(replace(replace(replace(replace(replace(
        address, ' ', ''), '-', ''), '.', ''), '(', ''), ')', ''), '/', ''), '+', '') AS digits
    FROM client_addresses WHERE kind = 'phone')
WHERE length(digits) >= 7 AND digits NOT GLOB '*[^0-9]*';
