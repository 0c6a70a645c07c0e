# What the authors of plugins look at: failures, usage, fixtures, and what a new version changes.
backtrace-title = { $count ->
    [one] Where it was: one function
   *[other] Where it was: { $count } functions, the innermost first
}
backtrace-no-names = The component has no names of functions. Its author keeps them with strip = "debuginfo" in the profile that it is built with.

upgrade-preview = What it changes for your rules
upgrade-preview-help = By the same check as when an automation is published, of what is in force. Drafts are checked when they are published.
upgrade-unused = No rule and no trigger in force uses it.
upgrade-rule = Rule or trigger
upgrade-place = Where
upgrade-fits = Settings
upgrade-changes = Changes
upgrade-must-change = Needs settings
upgrade-goes-on = Goes on
upgrade-as-before = As before
upgrade-missing = { $field } must be filled in from now on.
upgrade-gone = { $field } is there no more.
upgrade-type = { $field } takes { $to } and not { $from }.
upgrade-default = { $field } is not filled in: from now on { $value } holds.
upgrade-shown = { $field } was a secret: from now on, whoever may read rules reads it.
upgrade-changelog = What is new
upgrade-changelog-whose = In the words of its publisher.
upgrade-changelog-none = Its publisher has written nothing about it.

usage-title = What its steps use
usage-none = No step of this version has run yet.
usage-of = { $count ->
    [one] One step of version { $version }, of the latest { $runs } runs that have ended.
   *[other] { $count } steps of version { $version }, of the latest { $runs } runs that have ended.
}
usage-fuel = Fuel
usage-memory = Memory
usage-wall = Time
usage-limit = Limit
usage-share = The most was { $most }: { $share } of the limit.
usage-summary = { $title }: half of the steps used at most { $p50 }, 95 of 100 { $p95 }, 99 of 100 { $p99 }, and the most { $most }.
usage-bin = { $between }: { $count } steps
usage-steps = { $count ->
    [one] One step
   *[other] { $count } steps
}
usage-between = Used
usage-count = Steps

fixture-section = Try a fixture
fixture-title = Fixtures of { $plugin }
fixture-back = Back to the plugin
fixture-text = Fixture, as JSON
fixture-help = As in tests/fixtures of a plugin. It is played against this version in a shop that is made up: nothing is sent, and nothing is kept.
fixture-file = Or from a file
fixture-play = Play the fixture
fixture-refused = The fixture was not played
fixture-result = What came
fixture-same = As expected
fixture-differs = Differs
fixture-new = Expects nothing yet
fixture-difference = Expected beside what came
fixture-difference-help = - was expected, + came.
fixture-came = All that came
fixture-came-help = Put it into the fixture as "expect" once you have looked at it.
fixture-usage = Used at most
fixture-limit = What
fixture-used = Used
fixture-share = Share
fixture-cli = The same on the command line
fixture-copy = Copy as a command
