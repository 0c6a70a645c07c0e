-- Calls and text messages that count against what a shop may spend: of the last day, and only where it has set a bound.

CREATE TABLE spent (
    message INTEGER PRIMARY KEY,
    shop    INTEGER NOT NULL,
    channel TEXT    NOT NULL,
    -- The last digits, by which numbers are told apart.
    number  TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_of_shop ON spent (shop, channel, at);
CREATE INDEX spent_on_number ON spent (shop, channel, number, at);
