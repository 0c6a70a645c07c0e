# Orders: the board and the list of a pipeline, one order, and jobs on many of them.

order-new = New order
order-number = Number
order-title = Title
order-client = Client
order-pipeline = Pipeline
order-stage = Stage
order-responsible = Responsible
order-nobody = Nobody
order-total = Total
order-currency = Currency
order-age = In stage for
order-automation = Automation
order-late = Late
order-unpaid = unpaid
order-canceled = canceled

orders-search = Search
orders-search-help = Number, title, client
orders-anybody = Anybody
orders-any-stage = Any stage
orders-failed = Failed automation
orders-apply = Show
orders-as-list = As a list
orders-as-board = As a board
orders-table = Orders
orders-none = No orders here yet. They come from the store, from forms and from programs.
orders-none-found = No orders match.
orders-no-pipeline = Orders stand in the stages of a pipeline, and there is none yet.
orders-no-pipeline-next = Make a pipeline

board-label = Stages with their orders
board-count = { $count ->
    [one] 1 order
   *[other] { $count } orders
}
board-none = No orders
board-none-found = None match
board-waits = Waits { $span }
board-move = Move
# On each card, read once when it has the focus.
board-how = Press Space to pick the card up, the arrows to move it between stages, Space to put it down and Escape to put it back.
# { $card } is the number of an order.
board-picked = Order { $card } is picked up in { $stage }.
board-over = Over { $stage }.
board-dropped = Order { $card } is in { $stage }.
board-back = Order { $card } is back in { $stage }.
board-lost = The order was not moved: there is no connection. It is back where it was.
move-title = Move order
move-preview = What a move starts
move-runs = { $count ->
    [one] Runs 1 rule: { $rules }
   *[other] Runs { $count } rules: { $rules }
}
move-runs-nothing = Runs no rules
move-dry-run = Dry run

order-new-create = Create order
order-new-pipeline = Choose one of the pipelines of the shop.
order-new-client-help = A name or an id. May be empty.
order-new-total-help = Empty: what its lines sum up to.
order-new-no-client = There is no client { $name }. Write another name, or leave it empty and add the client later.
order-new-clients = Several clients have this name: { $names }. Write the id of one.

bulk-title = Change several orders
bulk-choose = Choose
bulk-choose-one = Choose { $number }
bulk-chosen = The chosen ones
bulk-all = All that match, up to { $most }
bulk-move-to = Move to
bulk-assign-to = Assign to
bulk-run = Run rule
bulk-start = Start
bulk-no-change = Choose a stage to move them to, somebody to assign them to, or a rule to run. Nothing was changed.
bulk-two-changes = Move them, assign them or run a rule: one at a time. Nothing was changed.
bulk-none-chosen = No orders were chosen. Choose rows of the list, or all that match. Nothing was changed.

job-move = { $count ->
    [one] Move 1 order to { $stage }
   *[other] Move { $count } orders to { $stage }
}
job-assign = { $count ->
    [one] Assign 1 order to { $name }
   *[other] Assign { $count } orders to { $name }
}
job-run = { $count ->
    [one] Run { $rule } for 1 order
   *[other] Run { $rule } for { $count } orders
}
job-too-many = { $most } jobs are under way in this shop, and no more than that at once. Wait for one to end, or stop one. Nothing was begun.
job-running = Running
job-stopped = Stopped
job-done = Done
job-done-failures = Done, some were refused
job-progress = Progress
job-changed = Changed
job-failed = Refused
job-left = Remaining
job-began = Began
job-started = Started
job-not-started = Not started
job-had-run = The rule has run since the order came to the stage.
job-elsewhere = The order is not in the stage of the rule.
job-runs = Show the runs of this rule
job-stop = Stop after this order
job-download = Download failures as CSV

order-actions = Actions
order-assign = Assign
order-pay = Record as paid
order-approve = Approve delivery
order-ship = Record as shipped
order-move-pipeline = Move to this pipeline
order-cancel = Cancel order
order-cancel-reason = Reason
order-cancel-sure = Cancel order { $number }? Its payments stay, and rules that follow a cancellation start.
order-keep = Keep it
order-restore = Take the cancellation back
order-copy-id = Copy id
order-changed = Done
workflow-start-one = Start workflow: { $name }
workflow-start = Start

order-facts = Facts
order-paid = Paid
order-created = Created
order-updated = Changed
order-source = Source
order-tags = Tags
order-comments = Note
order-lines = Lines
line-title = Article
line-sku = Article number
line-quantity = Quantity
line-price = Price
order-payments = Payments
payment-amount = Amount
payment-system = Way
payment-paid = Received
payment-receive = Record as received
order-shipments = Shipments
shipment-service = Service
shipment-tracking = Tracking number
shipment-status = Status
shipment-allowed = Approved
shipment-shipped = Shipped

timeline-title = Timeline
timeline-all = All
timeline-messages = Messages
timeline-runs = Runs
timeline-stage = Stage
timeline-empty = Nothing of this kind yet.
timeline-by = by
timeline-not-moved-past = Not moved: order is already past this stage ({ $stage })
timeline-not-moved-closed = Not moved: order is won or lost ({ $stage })
comment-label = Comment
comment-add = Add comment
comment-empty = Write something. Nothing was added.
entry-comment = Comment
entry-payment = Payment
entry-stage-change = Stage
entry-document = Document
entry-message = Message
entry-activity = Activity
entry-task = Task
entry-other = Note
entry-payment-received = { $amount } received
entry-message-sent = { $channel } sent
entry-message-delivered = { $channel } delivered
entry-message-not-sent = { $channel } not sent:
entry-message-not-delivered = { $channel } not delivered:

why-title = Why? Rules of { $stage }
why-no-rules = This stage has no rules.
why-trace = Trace
why-not-run = Not run
why-ran = { $effects ->
    [0] It ran and changed nothing.
    [one] It ran, with 1 effect.
   *[other] It ran, with { $effects } effects.
}
why-condition-false = Its condition was not met:
why-running = It is running.
why-waits-until = It goes on in { $span }.
why-waits-for = It waits for: { $kinds }.
why-waits-rule = It waits for { $rule } before it.
why-switched-off = It is switched off.
why-not-automated = The shop automates deals only.
why-added-after = Revision { $revision } was published after the order came to this stage, and rules act on orders that come.
why-not-started = What would start it was missing when the order came.
why-triggers = Triggers that could move it on
why-visits = Stages that it has been in
why-removed = It has been removed from the stage since.
why-tries-again = { $tries ->
    [one] It failed once and tries again in { $span }:
   *[other] It failed { $tries } times and tries again in { $span }:
}
why-left-to = { $by } moved the order to { $stage }, which stops what has not run.
why-left-by-itself = The rule itself moved the order on, which stops what has not run.
why-previous-failed = { $rule } before it did not succeed.
why-previous-failed-unknown = The rule before it did not succeed.
why-by-hand = Somebody stopped it.
why-not-in-plan = Its plugin is not part of the plan of the shop.
why-not-installed = Its plugin is not installed.
why-brought-in = The order was brought in with its past.
why-switched-on-after = Revision { $revision } switched it on after the order came to this stage.
why-moved = Moved it
why-not-moved = Not moved
why-backward = Its stage lies before that of the order, and switching back is not allowed.
why-already-there = The order was in its stage already.
why-closed = The order is won or lost.
why-lost-to = { $name } on an earlier stage matched too.
why-rule-origin = A rule made the change, and the trigger does not listen to rules.
why-pending = It is being asked.
why-no-event = Since the order came, none of this happened: { $kinds }.
why-shadow-word = Recorded, not sent
why-shadow = { $effects ->
    [one] It ran in shadow: 1 effect was written down and not sent.
   *[other] It ran in shadow: { $effects } effects were written down and not sent.
}
why-nothing = nothing
why-empty = { $field } is empty
why-filled = { $field } is { $actual } and not empty
why-differs = { $field } { $actual } is not { $expected }
why-same = { $field } is { $actual }
why-contains = { $field } { $actual } contains { $expected }
why-contains-not = { $field } { $actual } does not contain { $expected }
why-not-in = { $field } { $actual } is not one of { $expected }
why-not-between = { $field } { $actual } is not between { $expected }
why-is-not = { $field } { $actual } is not { $sign } { $expected }

outlook-nothing-yet = Nothing was started. This is what would become of the orders:
outlook-shadow = The rule is in shadow mode: what it asks for is recorded and not done.
outlook-would-run = Would run
outlook-condition = Condition not met: started and skipped
outlook-had-run = Has run since they came: left alone
outlook-elsewhere = Not in { $stage }: left alone
outlook-later = Conditions are checked as the orders are now. A rule that waits for its time, or for the rule before it, checks its condition when it begins. What it sends cannot be taken back.
outlook-start = { $count ->
    [one] Start for 1 order
   *[other] Start for { $count } orders
}
