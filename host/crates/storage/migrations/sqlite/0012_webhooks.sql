-- Webhooks wait in the outbox beside the messages, and neither may hold up the other: whom each is for, and an index of
-- its own for each of the two.
ALTER TABLE outbox ADD COLUMN subscription INTEGER;
CREATE INDEX outbox_due_messages ON outbox (next_at, id) WHERE state = 'pending' AND subscription IS NULL;
CREATE INDEX outbox_due_webhooks ON outbox (next_at, id, subscription)
    WHERE state = 'pending' AND subscription IS NOT NULL;
