# Lists that registries publish: what can be had, and what must not run.

-area = Marketplace and registries
    .kept = The list that was believed before stays in use, and what is installed goes on.

list-bad = The list is wrong
    .what = A place of the registry's list holds something that it cannot. The message names the place.
    .next = Ask whoever runs the registry.

list-bad-signature = The list was changed on its way
    .what = The signature of the registry's list does not fit its text.
    .next = Ask whoever runs the registry, by another way, whether the list is theirs.

list-forked = There are two lists of one number
    .what = Two operators have published at once, or somebody shows different servers different lists.
    .next = Who runs the registry looks at it with `rulewright registry index list`, and signs it anew.

list-gone = The list is not there any more
    .what = The registry had a list before, and has none now.
    .next = Ask whoever runs the registry to publish it again; somebody may be withholding it.

list-other-key = The list is signed with another key
    .what = The settings name another key for this registry than the one that its list is signed with.
    .next = Ask whoever runs it, by another way, whether the key was changed. Only then change `key` in the settings.

list-other-kind = The registry serves the wrong list
    .what = Where one kind of list was asked for, another one came.
    .next = Ask whoever runs the registry.

list-other-schema = The list is of a newer format
    .what = The registry publishes its list in a format that this server does not read.
    .next = Use a newer server.

list-rolled-back = The registry serves an old list
    .what = The list has a lower number than one that was seen before: the registry, or somebody in between, shows an old one.
    .next = Ask whoever runs the registry.

list-too-large = The list is too large
    .what = The registry's list has more bytes than are read.
    .next = Who runs the registry publishes fewer versions of each plugin.

list-unreadable = The list cannot be read
    .what = What the registry serves as its list is none. `docs/marketplace.md` says what it is made of.
    .next = Ask whoever runs the registry.

list-unsigned = The list is not signed
    .what = The settings name a key for the registry, and its list has no signature: whoever removed it may have changed the rest.
    .next = Who runs the registry signs it with `rulewright registry index sign`.

slow-registry = The registry answers slowly
    .what = The registry did not send the page of the plugin within the time that a reader waits.
    .next = Try again in a moment.

stale-list = The list of revocations is old
    .what = The list has a lower number than the one that is followed, or the same number and another text.
    .kept = The list that is followed stays: what is stopped stays stopped.
    .next = Fetch it again. If it stays so, ask who publishes it.

version-taken = This version is taken
    .what = The index has this version already, with other bytes, and a version is never changed.
    .kept = The index is as it was.
    .next = The publisher gives this one another number.
