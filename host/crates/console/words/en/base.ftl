# What stands on every page: navigation, signing in, states, troubles.

skip-to-content = Skip to the content
nav-label = Main
nav-orders = Orders
nav-automation = Automation
nav-runs = Runs
nav-clients = Clients
nav-deliveries = Deliveries
nav-documents = Documents
nav-marketplace = Marketplace
nav-plugins = Plugins
nav-health = Health
nav-settings = Settings

palette-short = Search
palette-label = Search and commands

live-on = Live
live-off = Paused
live-lost = Live updates are paused. Reconnecting. What you see may be old.

role-viewer = Viewer
role-operator = Operator
role-editor = Automation editor
role-plugin-admin = Plugin admin
role-owner = Owner

sign-in = Sign in
sign-in-email = Email
sign-in-password = Password
sign-in-lost = Forgotten it? An owner of the shop can set a new one under Settings, or on the server: rulewright account password
sign-out = Sign out
enter-title = Open the console
enter-text = This link signs you in once, without a password.
enter-instead = You are signed in already. Go on only if you have asked for this link: you will work as whoever it is for, perhaps in another shop.
enter-open = Open

account-own = Your account
account-name = Name
account-unsaid = You came in by a link. Set your email and a password here, so that you can come in again.
account-look = Look
account-language = Language
language-of-browser = As the browser has it
account-zone = Time zone
account-zone-help = An IANA name. Empty: the zone of the shop.
account-zone-unknown = There is no time zone { $zone }. Write one such as Europe/Berlin. Nothing was changed.
account-theme = Colours
theme-system = As the system has them
theme-light = Light
theme-dark = Dark
account-password = Password
account-password-old = Password until now
account-password-new = New password
account-password-help = At least 12 characters.
account-password-set = Set password
account-password-done = The password is set. Wherever else you were signed in, you are no more.
account-password-own = Your own password is changed under Your account.

save = Save
cancel = Cancel
close = Close
yes = Yes
no = No
condition-true = true
condition-false = false
order = Order
list-more = Show more
list-any = Any
list-filter = Filter
list-filters = Filters
list-clear = Clear filters
list-from = From
list-to = To
list-zone = Days and times are those of { $zone }.
list-copy = Copy
list-copy-what = Copy { $what }
to-automation = Go to Automation
time-ago = { $span } ago
time-in = in { $span }
time-days-short = d

run-blocked = After the rule before
run-scheduled = Scheduled
run-waiting = Waiting
run-parked = Needs a date
run-ready = Running
run-done = Done
run-done-nothing = Done, nothing to do
run-skipped = Skipped
run-failed = Failed
run-cancelled = Stopped

trouble-sign-in-title = You are signed out
trouble-sign-in-what = This page is for people of the shop.
trouble-sign-in-next = Sign in, and you come back to it.
trouble-denied-title = Your role does not have this
trouble-denied-needs = It needs the role { $role } or one above it.
trouble-denied-what = Nothing was changed.
trouble-denied-next = An owner of the shop can give you another role under Settings.
trouble-not-found-title = This is not here
trouble-not-found-what = It may have been deleted, or the link is wrong.
trouble-not-found-next = Search for it, or begin at Orders.
trouble-unreadable-title = This could not be read
trouble-unreadable-what = The form was not complete.
trouble-unreadable-next = Load the page again and repeat it. Nothing was changed.
trouble-storage-title = The data could not be read or written
trouble-storage-what = Nothing was changed.
trouble-storage-next = Try again in a moment. The server's log says more, and rulewright doctor checks the disk.
trouble-refused-title = This was not done
trouble-full-title = The server's disk is full
trouble-full-what = Nothing was changed. What is there can be read.
trouble-full-next = Whoever runs the server has to make room. Then repeat it.

trouble-slow-title = This took too long
trouble-slow-what = The server has not answered within 30 seconds. What was begun may still be carried out.
trouble-slow-next = Look whether it is done before you repeat it.
trouble-mistake-title = The server made a mistake
trouble-mistake-what = It has written it down in its log.
trouble-mistake-next = Look whether anything was changed. Please report it with what stands here:

palette-hint = Order, client, rule, plugin, page or id
palette-none = Nothing is called { $q }.
palette-client = Client
palette-rule = Rule
palette-plugin = Plugin
palette-page = Page
palette-id = Go to this id

help-title = Keyboard
keys-search = To the search of the page
keys-help = This page
keys-rows = Down and up in a list
keys-edit = Edit: to the first field of the page that can be changed
keys-close = Close what is open
keys-single = Keys without Ctrl
keys-single-help = Switch them off when you steer by voice or type by accident. Kept in this browser.
