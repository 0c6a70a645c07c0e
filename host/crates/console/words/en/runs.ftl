# The list of runs.

runs-state = State
runs-rule = Rule
runs-plugin = Plugin
runs-stage = Stage
runs-began = Began
runs-took = Took
runs-effects = Effects
runs-effect-count = { $count ->
    [one] { $count } effect
   *[other] { $count } effects
}
runs-revision = revision { $revision }
runs-of-workflow = Workflow { $workflow }
runs-none = No runs yet. Rules run when orders come to their stages.
runs-none-match = No runs match.
# The sign # stands for the number.
runs-new-one = # new run
runs-new-many = # new runs

# One run.

trace-id = Id
trace-recording = Download recording
trace-revision = revision { $revision } of the automation
trace-revision-current = current is { $revision }
trace-revision-changes = Show changes
trace-plugin-gone = This version of the plugin is no longer kept
trace-began = Began
trace-ended = Ended
trace-cause = Started by
trace-by-rule = by the rule
trace-by-trigger = by the trigger
trace-attempts = Attempt
trace-attempts-of = { $number } of { $most }
trace-after = Runs after
trace-next = Next in the chain
trace-children = Started these runs
trace-migrated = Went over to version { $digest } of its plugin.
trace-migration-refused = Stayed with its version of the plugin:

trace-failed = Failed:
trace-failed-kept = What earlier steps did stays done. The failed step did nothing.
trace-parked = Cannot go on by itself:
trace-skipped = Skipped:
trace-cancelled = Stopped:
trace-blocked = Begins when this run has ended:
trace-scheduled = Goes on at
trace-waiting = Waits
trace-waiting-for = for
trace-waiting-until = until
trace-overdue = Step { $step } has not ended. If the server was stopped at it, the step is done again when the server is back. It began

trace-going-on = Retry and stop
trace-retry = Retry failed step
trace-retry-question = Step { $step } of “{ $rule }” is done again.
trace-retry-nothing-done = No step before it did anything.
trace-not-repeated = { $count ->
    [one] { $count } effect of earlier steps is done and is not repeated:
   *[other] { $count } effects of earlier steps are done and are not repeated:
}
trace-no-retry-ended = Only a failed run can be retried. This one has ended otherwise.
trace-no-retry-open = Only a failed run can be retried. This one has not ended.
trace-no-retry-order-gone = The order was deleted.
trace-no-retry-stage-left = The order has left the stage that this run belongs to.
trace-no-work = Your role looks at this and does not change it.
trace-cancel = Stop run
trace-cancel-question = { $count ->
    [0] “{ $rule }” does not go on. Messages that have not left are taken back.
    [one] “{ $rule }” does not go on. Messages that have not left are taken back. { $count } effect stays done.
   *[other] “{ $rule }” does not go on. Messages that have not left are taken back. { $count } effects stay done.
}

trace-steps = Steps
trace-steps-none = It ended before its first step.
trace-steps-none-yet = No step yet.
trace-steps-forgotten = Of a run this long the latest steps are kept.
trace-timeline = { $steps ->
    [one] { $steps } step in { $total }, of which { $computed } were computed
   *[other] { $steps } steps in { $total }, of which { $computed } were computed
}
trace-step = Step { $number }
trace-step-done = Done
trace-step-skipped = Skipped
trace-step-waits = Waits
trace-step-again = Tried again
trace-step-failed = Failed
trace-attempt = attempt { $number }
trace-woken = Began because of:
trace-woken-started = the start of the run
trace-woken-timer = its time came
trace-woken-timed-out = nothing came in time
trace-order-revision = Revision { $revision } of the order
trace-inputs = Inputs
trace-inputs-none = The rule has no settings.
trace-inputs-gone = The settings are not shown: this version of the plugin, which says which of them are secret, is no longer kept.
trace-inputs-before = From the rules before
trace-condition = Condition
trace-condition-field = Field
trace-condition-was = Was
trace-condition-operator = Comparison
trace-condition-wanted = Wanted
trace-condition-met = Met
trace-reads = Looked up
trace-read-order = Order { $what }
trace-read-orders = { $count ->
    [one] Orders of { $what }: { $count }
   *[other] Orders of { $what }: { $count }
}
trace-read-client = Client { $what }
trace-read-employees = The staff
trace-read-stored = What the plugin has kept as “{ $what }”
trace-read-secret = Whether there is a secret “{ $what }”
trace-read-item = List { $what }
trace-read-template = Template { $what }
trace-effects = Effects
trace-effects-none = None.
trace-effects-dropped = None of its effects was done.
trace-effect-message = Open message
trace-logs = { $count ->
    [one] Log: { $count } line
   *[other] Log: { $count } lines
}
trace-usage = Resources
trace-usage-fuel = Instructions
trace-usage-memory = Memory
trace-usage-time = Time
trace-usage-calls = Calls to the host
trace-usage-denied = Not granted
trace-raw = Raw JSON
trace-output = Outputs

runs-shadow = Shadow
trace-shadow = Recorded, not sent. The rule was in shadow mode: nothing that it asked for was done.
trace-unsent = Requests that were not sent
trace-effects-shadow = Effects, recorded and not done
runs-shadow-none = Not in shadow
runs-shadow-only = Only in shadow

trace-again = Run again from start
trace-again-question = “{ $rule }” runs again from its first step, as revision { $revision } of the automation has it. Nothing that this run did is undone.
trace-again-repeats = { $count ->
    [one] { $count } effect of this run is done once more, if the rule comes to the same:
   *[other] { $count } effects of this run are done once more, if the rule comes to the same:
}
trace-again-recorded = { $count ->
    [one] { $count } effect of this run was only recorded. It is done now, if the rule comes to the same:
   *[other] { $count } effects of this run were only recorded. They are done now, if the rule comes to the same:
}
trace-again-nothing = This run did nothing that would be repeated.
trace-again-shadow = The rule is in shadow mode: what it asks for is recorded and not done. It would be:
trace-again-times = { $count ->
    [one] { $what } ({ $count } time)
   *[other] { $what } ({ $count } times)
}
trace-again-more = and { $count } more
trace-again-requests = { $count ->
    [one] { $count } request to a server
   *[other] { $count } requests to servers
}
trace-again-chain = Rules after it do not run again.
trace-again-of = Repeats
trace-again-by = Repeated by
trace-no-again-open = This run has not ended.
trace-no-again-rule-gone = The rule is no longer in this stage of the published automation.
trace-no-again-rule-off = The rule is switched off.
trace-no-again-not-automated = Orders of this kind have no automation in this shop.
trace-no-again-plugin-gone = The plugin of the rule is not installed.
trace-no-again-running = Another run of the rule for this order has not ended.

trace-requests = HTTP requests
trace-requests-none = No request in this step.
trace-requests-not-kept = This step is from before requests were kept in the trace. What it was answered is in the recording.
trace-request = Request
trace-request-answer = Answer
trace-request-took = Took
trace-request-sizes = Sent and received
trace-request-none = No answer
trace-request-kept = from an earlier try
trace-request-cut = cut
