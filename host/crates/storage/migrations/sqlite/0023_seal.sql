-- With which key secrets are sealed, told by a value that it opens. No row: they have not been sealed yet.

CREATE TABLE seal (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    value  TEXT    NOT NULL,
    -- 1: parts of the file that nothing uses may still hold what stood there before, open or under another key.
    remains INTEGER NOT NULL
) STRICT;
