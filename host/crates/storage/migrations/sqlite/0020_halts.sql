-- What the operator has halted on the whole server.
CREATE TABLE halts (
    flow TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
