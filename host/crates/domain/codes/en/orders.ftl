# What stands against a change of an order, by whomever: a person, the API, or a rule.

-area = Orders
    .kept = The order is as it was. Where a rule wanted it, nothing of its step was done.

invalid-address = The address cannot be written to
    .what = The phone number, email address or chat of the client is not of the form that it must have.
    .kept = Nothing was sent.
    .next = Correct it at the client, and run the rule again.

loop = Rules start each other without end
    .what = A rule changed the order, that started another one, and so on: the chain was stopped at the length that none reaches by intention.
    .next = The message names the last rules and triggers of the chain. Change one of them so that it does not start the other again.

money = The amount is not possible
    .what = An amount is in another currency than the order, or a sum is larger than can be counted.
    .next = Give every amount in the order's currency.

no-address = The client has no address
    .what = A message was to be sent, and the client has no phone number, no email address, or has never written in the chat.
    .kept = Nothing was sent.
    .next = Add it to the client and run the rule again, or give the rule another recipient.

no-such-pipeline = There is no such pipeline
    .what = The shop has no pipeline of this id.
    .next = Take one of the shop's pipelines, or make it first under Settings.

no-such-stage = The pipeline has no such stage
    .what = The order's pipeline does not have the stage that it was to be moved to. The message lists those that it has.
    .next = Take one of these, or add the stage under Settings first.

order-deleted = The order is not there any more
    .what = The order was deleted before the run, or the question of a trigger, came to it.
    .kept = What was done before stays done.
    .next = There is nothing to do.

paid = The order has been paid
    .what = An order that somebody has paid cannot be deleted: what was paid must stay known.
    .next = Cancel the order instead.

settled = It is settled already
    .what = A payment that is paid, or a shipment that has left, is not changed like one that is open.
    .next = Take back first what settles it, or leave it.
