# Notes on the page Health: what somebody should look at.

-area = Health
    .kept = A note stops nothing. It goes away by itself when it is not true any more.

dead-letters = Messages were given up
    .what = Several messages of a channel could not be delivered within a day, and are not tried again.
    .kept = The messages are kept, each with what its last try came to.
    .next = Open them from the note. When what stood against them is mended, send them again.

mailbox-trouble = A mailbox cannot be looked into
    .what = The server of a mailbox has refused, or has not answered, for half an hour or more.
    .kept = Mails stay on their server, and come in when it answers.
    .next = Check its address and password under Settings, and test it there.

outbox-stuck = Messages wait
    .what = Messages of a channel have been due for half an hour or more, and were not sent.
    .kept = They are kept, and are tried again by themselves.
    .next = Look at the last error in the note: the provider may be down, or its secret may have changed.

plugin-fails = A plugin fails more than it used to
    .what = Runs of a plugin end with a failure more often than before, or than is usual for a new version.
    .kept = Failed runs are kept and can be retried.
    .next = Open the failures from the note. A version that is at fault can be rolled back on the plugin's page.

plugin-paused = A plugin broke at every run and is paused
    .what = Twenty runs of a plugin in a row broke off or went beyond a limit, within ten minutes. Runs that would begin with it wait.
    .kept = Nothing is lost: the runs that wait are kept, and go on when the plugin does.
    .next = Install another version, or go back to the one before. If the cause lay elsewhere, let the plugin go on on its page or with `rulewright plugin resume`.

silent = Nothing has run for days
    .what = No rule has run for three days or more, although rules used to run.
    .next = Check that orders still come in, that automation is switched on for the shop, and that no rule was switched off by mistake.
