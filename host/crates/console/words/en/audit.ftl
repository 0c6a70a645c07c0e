# Who changed what about the shop.

audit-title = Audit log
audit-help = Who changed what about the shop. Each entry is chained to the one before, so that one that is altered or taken out shows.
audit-none = Nothing has been changed yet.
audit-verify = Check the log
audit-whole = { $count ->
    [one] { $count } entry is as it was written. Keep this hash elsewhere to prove it later:
   *[other] All { $count } entries are as they were written. Keep this hash elsewhere to prove it later:
}
audit-broken = Entry { $number } does not follow from the one before: it was altered, or one before it was taken out. Nothing after it is sure. Compare with a backup.
audit-number = No.
audit-when = When
audit-who = Who
audit-what = What
audit-subject = Of
audit-details = Details
audit-token = (token)

audit-account-signed-in = Signed in
audit-account-entrance-made = Sign-in link made
audit-account-password-set = Password set
audit-account-removed = Account removed
audit-account-sessions-ended = Sessions ended
audit-account-created = Account created
audit-account-changed = Account changed
audit-application-registered = Application registered
audit-application-installed = Application installed
audit-application-changed = Application changed
audit-application-uninstalled = Application uninstalled
audit-application-removed = Application removed
audit-application-secret-renewed = Secret of an application renewed
audit-automation-published = Automation published
audit-mailbox-removed = Mailbox removed
audit-mailbox-connected = Mailbox connected
audit-mailbox-changed = Mailbox changed
audit-pipeline-added = Pipeline added
audit-pipeline-changed = Pipeline changed
audit-pipeline-removed = Pipeline removed
audit-plugin-granted = Plugin allowed
audit-plugin-declined = Plugin declined
audit-plugin-removed = Plugin removed
audit-plugin-installed = Plugin installed
audit-plugin-accepted = Plugin accepted
audit-plugin-updated = Plugin updated
audit-plugin-rolled-back = Plugin put back to the version before
audit-plugin-quarantined = Plugin quarantined
audit-plugin-released = Plugin released from quarantine
audit-provider-removed = Provider removed
audit-provider-connected = Provider connected
audit-provider-changed = Provider changed
audit-publisher-forgotten = Publisher forgotten
audit-recipe-installed = Recipe installed
audit-recipe-removed = Recipe removed
audit-shop-created = Shop created
audit-shop-changed = Settings of the shop changed
audit-token-created = Token created
audit-token-revoked = Token revoked
audit-webhook-created = Webhook created
audit-webhook-changed = Webhook changed
audit-webhook-key-rotated = Key of a webhook renewed
audit-webhook-removed = Webhook removed
audit-secret-set = Secret set
audit-secret-removed = Secret removed
audit-run-started-again = Run started again
