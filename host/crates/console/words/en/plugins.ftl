# Plugins that the shop has.

plugins-find = Find plugins
plugins-search = Search
plugins-plugin = Plugin
plugins-signed = signed
plugins-none = No plugins yet. Rules and triggers are plugins.
plugins-none-match = No plugins match.
plugins-removed = { $what } was removed.

plugin-back = All plugins
plugin-version = Version
plugin-waiting = Runs waiting
plugin-state-ready = Ready
plugin-state-update = Update there
plugin-state-part = In part
plugin-state-secrets = Secrets missing
plugin-state-revoked = Revoked
plugin-revoked = It does not run:
plugin-revoked-by = Said by: { $by }
plugin-revoked-next = Install another version, or remove it. What was stopped here is released below; what a list revokes is not.

plugin-used = Used by
plugin-unused = No rule, trigger or provider in force uses it.
plugin-use-rule = Rule
plugin-use-trigger = Trigger
plugin-use-provider = Provider

plugin-failures = Failures
plugin-failures-none = None of its last runs has failed.
plugin-failures-of = Of the last { $count } runs that failed. The same function, or the same words but for the numbers in them, make one row.
plugin-failures-all = All failed runs
plugin-failure-code = Code
plugin-failure-count = Times
plugin-failure-first = First
plugin-failure-last = Last
plugin-failure-message = Message
plugin-failure-latest = Latest run
plugin-version-gone = a version that is gone

plugin-logs = Logs
plugin-logs-of = Of its last { $count } runs.
plugin-logs-level = Level
plugin-logs-words = Words
plugin-logs-none = Nothing was logged that matches.
plugin-level-debug = Debug and above
plugin-level-info = Info and above
plugin-level-warn = Warnings and errors
plugin-level-error = Errors

plugin-installed = Installed
plugin-until = Until
plugin-roll-back = Go back
plugin-roll-back-to = Go back to { $version }
plugin-roll-back-question = Version { $to } takes the place of { $from }, with what it was allowed then. Runs stay with the version that they began with.
plugin-no-roll-back = There is no version to go back to.
plugin-migrate = { $count ->
    [one] Move { $count } waiting run to this version
   *[other] Move { $count } waiting runs to this version
}
plugin-migrate-yes = Move
plugin-migrate-question = { $count ->
    [one] { $count } waiting run is asked whether it can go on with this version. If it cannot, it stays and says why.
   *[other] { $count } waiting runs are asked whether they can go on with this version. Those that cannot stay and say why.
}
plugin-migrated = { $moved ->
    [one] { $moved } run was moved,
   *[other] { $moved } runs were moved,
} { $stayed } stayed.
plugin-migrated-why = Each run that stayed says why on its page.

plugin-denied = You have left out:
plugin-denied-what = It is refused when the plugin asks for it.
plugin-grant-change = Change what it may do
plugin-grant-save = Save what it may do
plugin-grant-other = { $plugin } has just been updated. Read what it asks for now.
plugin-saved-grant = What it may do is changed from its next step on.
plugin-hosts = Hosts that you have named:

plugin-secrets = Secrets
plugin-secrets-help = Kept encrypted for this plugin. Nobody can read them again.
plugin-secret-set = Filled in
plugin-secret-missing = Missing
plugin-secret-value = New value of { $name }
plugin-secret-remove = Delete
plugin-secret-remove-question = Without { $name } the plugin fails where it needs it.
plugin-saved-secret = The secret is saved.

plugin-setting-required = required
plugin-settings-none = Nothing can be set.
plugin-stored = Its own data
plugin-runs = Runs
plugin-waiting-count = { $count ->
    [0] None waits
    [one] { $count } waits
   *[other] { $count } wait
}

plugin-trust = Trust
plugin-stop = Stop at once
plugin-stop-reason = Reason
plugin-stop-help = Nothing of this version runs any more, and its runs that have not ended end. Staff read the reason wherever it would have run.
plugin-stop-question = { $what } is stopped at once. Its runs that have not ended end, and do not go on when it is released.
plugin-stop-operator-only = This server has { $count } shops, and a component is stopped in all of them: whoever runs the server does it, with rulewright plugin quarantine.
plugin-release = Let it run again
plugin-release-question = { $what } may run again from now on. Runs that have ended stay ended.
plugin-pinned = Packages of { $publisher } are taken with this key only:
plugin-forget-key = Forget the key
plugin-forget-key-question = The next package of { $publisher } is taken with whichever key it comes, by whoever agrees to it. What is installed stays.
plugin-saved-stopped = It is stopped, and its runs have ended.
plugin-saved-released = It may run again.
plugin-saved-resumed = It goes on, and so do the runs that waited.
plugin-paused = It is paused: it broke at twenty runs in a row.
plugin-paused-what = Runs that would begin with it wait, and none of them is lost. They go on with another version, or when you let it. To try it first, retry one of the parked runs.
plugin-paused-see = Look at the runs that wait
plugin-resume = Let it go on
plugin-saved-forgotten = The key is forgotten.

plugin-remove = Remove plugin
plugin-remove-question = { $count ->
    [0] { $what } is removed, with its secrets and its earlier versions.
    [one] { $what } is removed, with its secrets and its earlier versions. { $count } run has not ended.
   *[other] { $what } is removed, with its secrets and its earlier versions. { $count } runs have not ended.
}
plugin-remove-force = { $count ->
    [one] End the run that waits. It says why it ended.
   *[other] End the { $count } runs that wait. Each says why it ended.
}
plugin-remove-used = { $count ->
    [one] It is used at { $count } place. Take it out there first.
   *[other] It is used at { $count } places. Take it out there first.
}
