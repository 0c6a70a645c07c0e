-- Part of the configuration.
CREATE TABLE schedules (
    shop INTEGER NOT NULL REFERENCES shops (id),
    name TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;

-- Timers that belong to no run. The key says what for: there is one of each.
CREATE TABLE alarms (
    shop     INTEGER NOT NULL,
    key      TEXT    NOT NULL,
    order_id INTEGER,
    due      INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (shop, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX alarms_due ON alarms (due, shop, key);
CREATE INDEX alarms_of_order ON alarms (shop, order_id) WHERE order_id IS NOT NULL;
