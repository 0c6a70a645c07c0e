-- Entries of clients, and entries that are shown at several orders and clients.

ALTER TABLE entries ADD COLUMN client_id INTEGER;
CREATE INDEX entries_of_client ON entries (shop, client_id) WHERE client_id IS NOT NULL;

-- Where an entry is shown beside the order and the client of its row: few are.
CREATE TABLE entry_places (
    place_shop INTEGER NOT NULL,
    place      TEXT    NOT NULL,
    entry      INTEGER NOT NULL,
    PRIMARY KEY (place_shop, place, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX places_of_entry ON entry_places (entry);
