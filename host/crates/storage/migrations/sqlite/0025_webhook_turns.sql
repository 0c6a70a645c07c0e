-- Shops take turns where webhooks wait, as messages have them. Those of a subscriber with no place left are passed by
-- without a look at each.
CREATE INDEX outbox_due_webhooks_of_shop ON outbox (shop, next_at, id, subscription)
    WHERE state = 'pending' AND subscription IS NOT NULL;
