# Automation: stages with triggers and rules, their forms, the dry run, publishing.

automation-of = Automation · { $pipeline }
automation-stages = Stages
automation-settings = Settings
automation-triggers = Triggers
automation-rules = Rules
automation-no-triggers = Nothing moves orders here by itself.
automation-no-rules = Nothing happens when an order comes here.
automation-add-trigger = Add trigger
automation-add-rule = Add rule
automation-published = Published, revision { $revision }
automation-changes = { $count ->
    [one] Draft, 1 change
   *[other] Draft, { $count } changes
}

rule-shadow = Shadow: recorded, not sent
rule-off = Switched off
rule-not-in-plan = Not in the shop's plan
rule-no-plugin = { $plugin } is not installed

# A rule and a trigger as a sentence. Events end { $events } as in "When a payment arrives".
summary-now = On entering { $stage }
summary-after = { $length } after entering { $stage }
summary-on = On { $field }
summary-before = { $length } before { $field }
summary-past = { $length } after { $field }
summary-at = On { $time }
summary-time-of-day = At the next { $time } after entering { $stage }
summary-rule = { $when }, { $rule }
summary-rule-with = { $when }, { $rule }: { $settings }
summary-setting = { $title } “{ $value }”
summary-if = { $sentence }, if { $condition }
summary-trigger = When { $events }, move to { $stage }
summary-trigger-with = When { $events }, move to { $stage }: { $settings }
summary-trigger-unknown = Moves to { $stage }
trigger-previous-on = Switching to a previous stage: on
trigger-previous-off = Switching to a previous stage: off
# Of the tried runs of a rule: { $rate } is "12 %".
rule-fails = { $rate } of { $runs } { $count ->
    [one] run
   *[other] runs
} failed in 7 days

summary-event-application-trigger = an application reports it
summary-event-call-incoming = the client calls
summary-event-call-missed = a call was missed
summary-event-callback-requested = the client asks to be called back
summary-event-chat-message-received = the client writes in a chat
summary-event-client-changed = the card of the client changes
summary-event-date-reached = a date of the order is reached
summary-event-document-created = a document is created
summary-event-document-opened = the client opens a document
summary-event-form-submitted = a form is sent in
summary-event-mail-link-clicked = the client follows a link in a mail
summary-event-mail-received = the client writes a mail
summary-event-mail-viewed = the client opens a mail
summary-event-message-sent = a message has been sent
summary-event-order-canceled = the order is canceled
summary-event-order-clients-changed = the order gets another client
summary-event-order-created = the order is created
summary-event-order-fields-changed = a field of the order changes
summary-event-order-responsible-changed = somebody else becomes responsible
summary-event-payment-received = a payment arrives
summary-event-schedule-due = the schedule says so
summary-event-shipment-added = a shipment is added
summary-event-shipment-approved = a delivery is approved
summary-event-shipment-shipped = a shipment leaves
summary-event-shipment-tracking-added = a tracking number is added
summary-event-shipment-updated = a shipment changes
summary-event-visit-started = the client comes to the shop
summary-event-visitor-returned = a visitor comes back to the site
summary-event-webhook-received = another system calls

search = Search
catalogue-none = Nothing of this name. The marketplace may have it.

part-rule = rule
part-trigger = trigger
part-name = Name
part-needs-name = Give it a name.
part-active = Switched on
part-when = When it runs
part-save = Save to the draft
part-unchecked = Not checked and not saved: there is no connection. What you wrote stays here.
part-shadow = Shadow mode
part-shadow-help = It runs on real events. What it would do is recorded, and not done.
part-allow-previous = Also moves orders back from later stages
part-by-rules = Also hears of changes that rules make
part-which = Orders that an event without an order is about
part-which-all = All of the client's
part-which-newest = Only the newest
part-sample = Tried with
part-meanwhile = Saved since you opened this:
part-reload = Look at what was saved, without your changes
part-up = Up
part-down = Down
part-copy = Copy
part-copy-name = { $name } (copy)
part-to-stage = Stage to move to
part-to = To { $stage }
part-move = Move
part-remove = Remove
part-remove-confirm = Remove { $name } from the draft? What runs now changes only when the draft is published.
offer-responsible = Responsible of the order

dry-run = Dry run
dry-run-first = Dry run first
dry-run-title = Dry run · { $pipeline }
dry-run-stage = Stage
dry-run-rule = Rule
dry-run-all-rules = All rules of the stage
dry-run-order = Order number
dry-run-now = At this time
dry-run-published = What is published, not the draft
dry-run-go = Try it
dry-run-no-order = There is no order in this pipeline yet.
dry-run-no-such-order = There is no order { $order }.
dry-run-nothing-sent = Nothing was sent.
dry-run-explained = The rules ran in the sandbox on a copy of the order. No message left, nothing was saved.
dry-run-elsewhere = The order stands elsewhere. It was taken as if it had just come here.
dry-run-no-rules = This stage has no rules.
dry-run-order-after = The order afterwards
dry-run-then = Then:
dry-runs = Would run
dry-condition-false = Condition not met
dry-skipped = Nothing to do
dry-waits = Would wait
dry-unusable = Cannot begin
dry-failed = Would fail
dry-stopped = Stopped by a limit
dry-asks-server = Asks a server
dry-asks-server-what = It would ask a server. Nothing was sent, so what follows is not known.
dry-cancelled = Would be stopped
dry-until = Until
dry-step = Step { $step }
dry-usage = { $fuel } of { $limit } fuel, { $memory } memory, { $time }
dry-settings = Settings with values inserted
dry-not-sent = Not sent

run-now = Run now
run-now-open = Run for orders already here
run-now-title = Run { $rule } for orders already here
run-now-here = { $here ->
    [one] 1 order is
   *[other] { $here } orders are
} in { $stage }. For { $never } of them this rule has not run since they came.
run-now-explained = Orders for which it has run are left alone. Conditions and waiting times hold as always.
run-now-confirm = Run { $rule } for { $count ->
    [one] 1 order
   *[other] { $count } orders
}? What it sends cannot be taken back.
run-now-start = Run for { $count ->
    [one] 1 order
   *[other] { $count } orders
}

publish-changes = { $count ->
    [one] Publish 1 change
   *[other] Publish { $count } changes
}
publish-title = Publish · { $pipeline }
publish-nothing = The draft is what is published already.
publish-orders-stay = Orders that stand in a stage already do not run rules that are added to it now.
publish-reaches = Publishes for about { $count ->
    [one] { $orders } new order
   *[other] { $orders } new orders
} a day.
publish-reaches-few = Publishes for fewer than 1 new order a day.
publish-reaches-none = No order has come here in the last 30 days.
publish-late = { $count ->
    [0] No order is in { $stage } yet.
    [one] { $orders } order already in { $stage } will not run { $rules ->
        [one] it
       *[other] them
    }.
   *[other] { $orders } orders already in { $stage } will not run { $rules ->
        [one] it
       *[other] them
    }.
}
publish-issues = { $count ->
    [one] One thing has to be mended first
   *[other] { $count } things have to be mended first
}
publish-pending = { $count ->
    [one] 1 run of a rule that goes away has not ended
   *[other] { $count } runs of rules that go away have not ended
}
publish-finish = Let them finish
publish-cancel = Stop them
edited-added = Added
edited-changed = Changed
edited-moved = Moved
edited-removed = Removed

history = History
history-title = History · { $pipeline }
history-none = Nothing has been published yet.
history-revision = Revision { $revision }
history-since = Changed since, in the draft
history-same = The draft is the same.
history-restore = Restore to the draft
history-restore-confirm = Replace the draft with revision { $revision }? What runs now changes only when the draft is published.
history-whole = The whole revision as JSON
