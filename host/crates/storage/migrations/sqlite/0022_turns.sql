-- Shops take turns where messages wait, so those of each are found without passing by those of the others.
CREATE INDEX outbox_due_messages_of_shop ON outbox (shop, next_at, id)
    WHERE state = 'pending' AND subscription IS NULL;

-- Of a shop that has its share already, they are passed by without a look at each.
DROP INDEX outbox_due_webhooks;
CREATE INDEX outbox_due_webhooks ON outbox (next_at, id, subscription, shop)
    WHERE state = 'pending' AND subscription IS NOT NULL;

-- The last event when the run began to wait: an event may wake its runs bit by bit, and only those that waited then.
ALTER TABLE waits ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
