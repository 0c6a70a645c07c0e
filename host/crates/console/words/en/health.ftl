# How the automation is doing: notes and numbers. And a draft tried with many orders.

health-ranges = How far back
health-hour = 1 hour
health-day = 24 hours
health-week = 7 days
health-month = 30 days
health-none-hour = No run ended in the last hour.
health-none-day = No run ended in the last 24 hours.
health-none-week = No run ended in the last 7 days.
health-none-month = No run ended in the last 30 days.
health-none-failed = No rule failed in this time.
health-not-live = This range does not follow live. It is as of

health-as-table = As a table
health-table-of = { $title }, as a table
health-runs = Runs
health-failures = Failure rate
health-durations = Durations
health-queue = Waiting now
health-channels = Messages by channel, of all times
health-worst = Rules that fail most

health-runs-ended = Runs ended
health-p95-long = 95 of 100 took at most
health-open = Runs open
health-unsent = Messages not sent yet
health-from = From
health-total = Total
health-tried = Done or failed
health-rate = Rate
health-what = What
health-count = Count
health-p50 = p50
health-p95 = p95
health-p99 = p99
health-took = Ready to ended
health-busy = In the sandbox
health-durations-help = Half of the runs took at most p50, 95 of 100 at most p95, 99 of 100 at most p99. What a rule waits for is not counted.
health-oldest-ready = Ready for longest, since
health-oldest-unsent = Oldest message, queued

# $when is a moment or a day; the others are numbers of runs.
health-runs-at = { $when }: { $done } done, { $failed } failed, { $skipped } skipped, { $cancelled } stopped
health-runs-summary = { $all } runs: { $done } done, { $failed } failed, { $skipped } skipped, { $cancelled } stopped
health-rate-at = { $when }: { $rate } failed ({ $failed } of { $tried })
health-rate-summary = { $rate } of the runs that had something to do failed. The worst moment: { $highest }.
health-failed-of = { $failed } of { $tried } ({ $rate })

note-title = To look at
note-all-well = All well
note-none = There is nothing to look at.
note-since = since
note-silent = Nothing has run for { $days ->
    [one] 1 day
   *[other] { $days } days
}. Usual: { $usual } runs a day.
note-plugin-fails = { $plugin } fails { $rate } in the last two days.
note-plugin-fails-since = { $plugin } fails { $rate } since version { $version }.
note-failed-of = That is { $failed } of { $tried } runs.
note-usual = Usual: { $usual }.
note-outbox-stuck = { $count ->
    [one] 1 message waits to be sent: { $channel }.
   *[other] { $count } messages wait to be sent: { $channel }.
}
note-dead-letters = { $count ->
    [one] 1 message was given up within a day: { $channel }.
   *[other] { $count } messages were given up within a day: { $channel }.
}
note-mailbox-trouble = The mailbox { $address } cannot be looked into.
note-plugin-paused = { $plugin } is paused: it broke at every run of late. Its runs wait, none is lost.
note-see-runs = Look at the runs
note-see-failed = Look at the failed runs
note-see-messages = Look at the messages
note-see-mailbox = Look at the mailbox
note-see-plugin = Look at the plugin
note-mute = Mute for a day
note-acknowledge = Acknowledge for 30 days
note-unmute = Show again
note-muted = { $count ->
    [one] 1 muted
   *[other] { $count } muted
}
note-muted-by = Muted by { $by } until

simulate = Simulate
simulate-title = Simulate · { $pipeline }
simulate-explained = The draft is tried with orders of the past, and so is what is published. Nothing is sent, nothing is saved.
simulate-no-rules = The draft has no rules yet.
simulate-of = What to try
simulate-all-rules = All rules of { $stage }
simulate-last = Last orders
simulate-go = Try them
simulate-which = The orders that stand in the stage or came to it, the latest first.
simulate-again = Try again
simulate-failed = Not finished
simulate-progress = { $done } of { $total } orders
simulate-no-orders = No order stands in this stage or has come to it.
simulate-orders = { $count ->
    [one] 1 order was tried.
   *[other] { $count } orders were tried.
}
simulate-different = { $count ->
    [0] For all of them the outcome is the one of what is published.
    [one] For 1 of them the outcome is different from what is published.
   *[other] For { $count } of them the outcome is different from what is published.
}
simulate-verdicts = What the rules would do
simulate-effects = Effects by kind
simulate-no-effects = No effects.
simulate-compared = Published
simulate-published = (now { $count })
simulate-new = New in the draft
simulate-gone = Only published
simulate-other = Different
simulate-same = The same
simulate-differences = Orders with another outcome
simulate-differences-help = Each opens a dry run of the draft with this order.
simulate-more = And { $count } more.
