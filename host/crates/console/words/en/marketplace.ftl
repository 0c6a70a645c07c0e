# What can be had.

market-search = Search plugins
market-group = Group
market-group-clients = Talking to clients
market-group-employees = For staff
market-group-triggers = Triggers
market-group-providers = Providers
market-source = Source
market-source-bundled = Comes with Rulewright
market-to-installed = Installed plugins
market-back = To the marketplace
market-count = { $count ->
    [one] { $count } plugin
   *[other] { $count } plugins
}
market-none = There are no plugins here. The operator names a registry in the settings of the server.
market-none-match = No plugins match. Try fewer words.
market-no-registry = These come with Rulewright. For more, the operator names a registry and its key in the settings of the server.
market-registries = { $count ->
    [one] { $count } registry
   *[other] { $count } registries
}
market-registry-good = Up to date
market-registry-old = Old
market-registry-bad = Not reached
market-registry-plugins = { $count ->
    [one] { $count } plugin
   *[other] { $count } plugins
}
market-registry-index = List of plugins:
market-registry-revocations = { $count ->
    [0] Revocations, none:
    [one] Revocations, { $count } version:
   *[other] Revocations, { $count } versions:
}
market-list-signed = signed
market-list-fetched = read
market-list-none = no copy
market-list-old = not signed for so long that something newer may be withheld
market-refresh = Read the lists again

market-trust-bundled = Comes with Rulewright
market-trust-verified = Verified publisher
market-trust-unverified = Signed, publisher not verified
market-trust-unsigned = Not signed
market-installed = Installed: { $version }
market-update = Update to { $version }
market-not-offered = Nothing to install
market-downloads = { $count } downloads
market-downloaded = Downloads
market-version = Version { $version }
market-install = Install { $version }
market-install-this = Install
market-install-which = { $plugin } { $version }
market-manage = Manage
market-no-role = A plugin admin can install it.
market-nothing-offered = No version fits this server, or all that do were revoked.
market-revoked = Revoked:
market-revoked-installed = The version that you have was revoked and does not run. Install another one.
market-may = What it may do
market-may-asked = Nothing of this is agreed to yet. You are asked before it runs.
market-readme = From its publisher
market-readme-none = Its publisher has written nothing more.
market-readme-trouble = The text of its publisher cannot be read now.
market-settings = Settings
market-settings-later = You see its settings before you agree to it.
market-publisher = Publisher
market-key = Key
market-verified-since = Verified since
market-id = Id
market-size = Size
market-reference = Reference
market-also-from = Also from
market-versions = Versions
market-state = State
market-added = Added
market-action = Action
market-in-use = In use
market-from = Came from
market-needs-host = Needs a newer server (functions of { $version })

# What a plugin may do.

may-read = Read
may-change = Change
may-contact = Contact
may-send-to = Send to
may-keep = Keep and limits
may-sensitive = sensitive
may-always-part = Comes with this kind of plugin.

# Installations.

installs-title = Installations
installs-open = { $count ->
    [one] An installation is under way or waits for you
   *[other] { $count } installations are under way or wait for you
}
installs-remembered = Those that ended stay here for an hour.
installs-none = Nothing is being installed.
installs-what = Plugin
installs-source = Source
installs-by = Asked by
installs-began = Began
installs-elsewhere = Install from elsewhere
installs-source-help = A reference such as registry.example/acme/greet:1.2.0, or the https address of a component.
installs-begin = Begin
installs-file = File of the component (.wasm)
installs-signature = Its signature (.sig), where there is one
installs-send-file = Send the file
installs-file-failed = The file was not sent. Nothing has changed. Check the connection and send it again.
installs-file-cli = A file is sent by a script of this page, or by:

install-title = Install { $what }
install-working = Under way
install-waiting = Waits for an answer
install-active = Installed
install-refused = Refused
install-declined = Declined
install-canceled = Canceled
install-progress = Progress of the installation
install-step = { $step }, step { $number } of { $of }
install-all-steps = All steps are done
install-cancel = Cancel installation
install-look-again = Look again
install-nothing-kept = Nothing of it was kept. A version in use goes on.
install-nothing-changed = Nothing has changed. A version in use goes on.
install-runs = Version { $version } runs: new runs begin with it.
install-runs-stay = Runs that wait stay with the version that they began with. You can move them on the page of the plugin.
install-to-plugin = To the plugin
install-to-automation = Use it in automation
install-needs-settings = { $count ->
    [one] { $count } rule or trigger has settings that this version does not take. Change it, and publish.
   *[other] { $count } rules or triggers have settings that this version does not take. Change them, and publish.
}
install-refused-at = Refused at: { $stage }
install-again = Begin again
install-allow-unsigned = Take it although nobody has signed it
install-accept-key = Fingerprint of the key to accept
install-accept-key-help = Ask the publisher for it by another way than this source, and type what you are told.
install-allow-downgrade = Take it although you had a newer version

stage-fetch = Download
stage-verify = Verify
stage-check = Check
stage-compile = Compile
stage-consent = Consent
stage-self-test = Self-test
stage-active = Ready
stage-pending = not yet
stage-running = at work
stage-waiting = waits for your answer
stage-done = done
stage-skipped = not needed
stage-refused = refused
stage-ended = ended here

# What somebody is asked.

question-title = { $what } will be able to
question-own-words = in its own words
question-pinned = You trust this key
question-not-verified = No registry answers for this key
question-digest = Digest
question-upgrade = It takes the place of { $from }. You agree to version { $to }.
question-nothing-added = It asks for nothing that the version in use may not do.
question-added = New
question-removed = No longer
question-same = As before ({ $count })
question-part = Allow a part only
question-part-help = What you leave out is refused when the plugin asks for it, and its run says so.
question-hosts = Hosts that it may send to
question-hosts-help = Exact names, one on each line, such as api.example.com or api.example.com:8443.
question-pin = From now on this key is trusted for all plugins of { $publisher }. Compare it with what the publisher says elsewhere.
question-pin-compared = I have compared it
question-decline = Decline
question-allow = Allow and install
question-allow-upgrade = Allow and update
question-meanwhile = Nothing of it runs until you allow it.
question-no-role = A plugin admin decides about it.

# Recipes.

recipes-title = Recipes
recipes-help = Automations that are ready made. You see what one does before anything is changed.
recipes-none = This server has no recipes.
recipes-back = All recipes
recipe-installed = Installed in { $pipeline }
recipe-would = What it would do
recipe-nothing-yet = Nothing is changed yet.
recipe-issues = { $count ->
    [one] { $count } thing keeps it from being installed
   *[other] { $count } things keep it from being installed
}
recipe-makes-pipeline = It makes a pipeline of its own.
recipe-makes-order = It makes an order of its own, which its rules run for.
recipe-stages = Stages
recipe-parts = Rules and triggers
recipe-things = What it brings along
recipe-fate-added = New
recipe-fate-updated = Changed
recipe-fate-unchanged = As it is
recipe-fate-kept = Kept as staff have it
recipe-fate-removed = Removed
recipe-numerator = Numbering
recipe-template = Template
recipe-list = List
recipe-segment = Segment
recipe-schedule = Schedule
recipe-settings = Settings
recipe-pipeline = Pipeline
recipe-own-pipeline = Its own
recipe-hosts = Hosts that its rules send to
recipe-publish = Publish it at once
recipe-publish-help = Only the recipe is published. What else is in the draft stays there.
recipe-preview = Look again
recipe-install = Install
recipe-remove = Remove recipe
recipe-remove-question = { $what } is taken out of { $pipeline }, also what staff have changed of it.
recipe-remove-pending = Runs that have not ended
recipe-remove-finish = Let them end
recipe-remove-cancel = Stop them
