# Settings.

# Overview and what every part says.
settings-what = How the shop works, who works in it, and what it is connected with.
settings-elsewhere = Secrets of plugins are set on the page of each plugin, and how pages look for you under your account.
settings-shop = Shop
settings-shop-what = Name, time zone, working hours and holidays.
settings-requisites = Requisites
settings-requisites-what = As whom the shop writes documents: its name, address and bank.
settings-pipelines = Pipelines
settings-pipelines-what = The stages that orders pass.
settings-employees = Employees
settings-employees-what = Whom orders belong to and rules write to.
settings-documents = Templates
settings-documents-what = What documents are made of, and how they are numbered.
settings-dictionaries = Dictionaries
settings-dictionaries-what = Values to choose from: shipment statuses, payment systems, sources.
settings-lists = Lists
settings-lists-what = Lists, segments of clients, and schedules.
settings-providers = Providers
settings-providers-what = Accounts with gateways that carry messages and calls.
settings-accounts = Accounts
settings-accounts-what = Who signs in to the console, and with which role.
settings-mailboxes = Mailboxes
settings-mailboxes-what = Where mails go out from and come in.
settings-tokens = Tokens
settings-tokens-what = What lets other programs in.
settings-webhooks = Webhooks
settings-webhooks-what = Who is told of events as they happen.
settings-applications = Applications
settings-applications-what = Programs of others that act for the shop.
settings-halts = Emergency stop
settings-halts-what = What comes in and goes out of this server, and how it is halted.
settings-saved = Saved.
settings-removed = Removed.
settings-ended = All sessions of this account have ended.
settings-once = It is shown only now. Keep it where nobody else reads it.
settings-state = State
settings-test = Test
settings-id = Id
settings-id-help = Small letters, digits, dashes and underscores. It stays the same for ever.
settings-taken = { $id } is there already: open it to change it, or choose another name
settings-nobody = Nobody
settings-nothing = None

# The shop.
shop-name = Name
shop-currency = Currency
shop-zone-help = An IANA name. Working hours, dates and schedules are counted there.
shop-locale = Language
shop-locale-help = A tag such as en or en-GB: what rules and documents begin with.
shop-automate = Automate orders
shop-automate-help = Without it, only deals have automation.
shop-sandbox = Provider for development
shop-sandbox-help = It takes messages that no provider of the shop carries, and sends nothing.
shop-hours = Working hours
shop-hours-help = Leave both empty on a day off. 00:00 as the end is midnight.
shop-day = Day
shop-from = From
shop-to = To
shop-day-from = { $day } from
shop-day-to = { $day } to
shop-day-half = a working day has a beginning and an end such as 09:00 and 18:00; leave both empty on a day off
shop-holidays = Holidays
shop-holidays-help = One date on each line.
day-monday = Monday
day-tuesday = Tuesday
day-wednesday = Wednesday
day-thursday = Thursday
day-friday = Friday
day-saturday = Saturday
day-sunday = Sunday

# Pipelines.
pipeline-kind = Holds
pipeline-deals = Deals
pipeline-orders = Orders
pipeline-stages = Stages
pipeline-open = Open
pipeline-add = Add pipeline
pipeline-first = First stages
pipeline-first-help = One on each line, in the order in which orders pass them.
pipeline-stages-help = An order passes them from the top. Nothing is changed before you save.
pipeline-stage-add = Add stage
pipeline-stage-name = Stage { $number }: name
pipeline-stage-kind = Stage { $number }: what it means
pipeline-other = Somebody else has changed this pipeline since you opened it: open it again and repeat your change.
pipeline-remove = Remove pipeline
pipeline-remove-confirm = { $name } is removed with its automation. What happened in it stays told.
stage-kind-open = Open
stage-kind-won = Won
stage-kind-lost = Lost

# Employees.
employees-none = Nobody works here yet. Employees are who orders belong to and rules write to.
employee-add = Add employee
employee-position = Position
employee-phone = Phone
employee-work-phone = Phone at work
employee-work-phone-help = Used where there is no other number.
employee-head = Head
employee-is-absent = Absent at present
employee-absent-help = Rules that wait for them go on once they are back.
employee-working = Works here
employee-working-help = Whoever has left stays known, and gets nothing new.
employee-here = Here
employee-absent = Absent
employee-gone = Has left

# Accounts.
account-role = Role
account-roles = What each role may do
account-employee = Acts as employee
account-open = Can sign in
account-disabled = Disabled
account-disable = Disabled
account-disable-help = They stay known, and do not come in. Their sessions end.
account-invite = Invite
account-invite-help = You get a link that lets them in once. They set their password then.
account-link = Link to come in once
account-link-help = It works once and only for some minutes. You can make another one on this page.
account-since = Since
account-is-you = This is your own account.
account-sessions = Sessions
account-no-sessions = Not signed in anywhere.
account-session-since = Since
account-session-seen = last seen
account-entrance = Make a link to come in
account-end = End all sessions
account-end-confirm = { $name } is signed out everywhere, and links to come in stop working.
account-set-help = At least { $least } characters. All sessions of the account end.
account-remove = Remove account
account-remove-confirm = { $name } cannot sign in any more. What they have done stays in the audit log.
role-viewer-what = Looks at everything in the shop's work, and changes nothing.
role-operator-what = Moves orders, writes comments, retries and starts runs.
role-editor-what = Draws automation, and publishes it.
role-plugin-admin-what = Lets plugins in, connects providers, sets secrets.
role-owner-what = Everything, also settings, accounts and tokens.

# Mailboxes.
mailboxes-none = No mailboxes yet. As soon as there is one, mails go out from it.
mailbox-add = Add mailbox
mailbox-address = Address
mailbox-name = Name beside the address
mailbox-name-help = What clients see. May be empty.
mailbox-default = Default
mailbox-is-default = Default mailbox
mailbox-default-help = Used where no mail has been sent before. No other mailbox is the default then.
mailbox-smtp = Sending (SMTP)
mailbox-imap = Receiving (IMAP)
mailbox-sent = Last sent
mailbox-received = Last received
mailbox-fetch = Fetch mails
mailbox-host = Server
mailbox-port = Port
mailbox-no-port = write the number of a port, such as 465
mailbox-tls = Encryption
mailbox-tls-implicit = From the first byte
mailbox-tls-starttls = After a greeting (STARTTLS)
mailbox-tls-none = None
mailbox-user = User
mailbox-password-help = Never shown. Empty: the one that is kept stays, for the same user of the same server.
mailbox-folder = Folder
mailbox-well = In order
mailbox-trouble = Cannot be read
mailbox-test-what = Nothing was sent and nothing was fetched.
mailbox-in = Let us in
mailbox-not-in = Did not let us in
mailbox-remove = Remove mailbox
mailbox-remove-confirm = { $address } is removed. Mails that are still on their way from it fail.

# Providers.
providers-none = Nothing is connected yet. Choose a provider below.
provider-add = Connect a provider
provider-more = More providers are in the marketplace.
provider-plugin = Plugin
provider-carries = Carries
provider-chosen = the shop's choice
provider-on = On
provider-off = Off
provider-no-plugin = Plugin missing
provider-enabled = On
provider-inbound = Reports come in at
provider-settings = Settings
provider-lines = Numbers
provider-lines-help = The shop's own there, one on each line. The first is for messages that name none.
provider-default-for = The shop's choice for
provider-open-channel = Open channel
provider-secrets = Secrets
provider-secrets-help = Kept for this provider, and never shown again. They are forgotten when its server is changed.
provider-secret-kept = Kept
provider-secret-missing = Missing
provider-secret-set = Set
provider-trial = Try it out
provider-trial-help = Sends a message, or makes a call, to an address of your own. It may cost what it always costs.
provider-channel = By
provider-to = To
provider-to-help = A number of your own, or the messenger's id of a person.
provider-text = Text
provider-try = Send it
provider-tried = It is on its way.
provider-tried-see = See what becomes of it
provider-remove = Disconnect
provider-remove-confirm = { $title } is disconnected, and its secrets are forgotten. What waits for it goes to whoever carries the channel then.

# Tokens.
tokens-none = No tokens. Other programs need one to come in.
token-create = Create token
token-create-help = For one program each, with no more than it needs.
token-name-help = Shown wherever the token does something.
token-scopes = What it opens
token-areas = Areas of /rest
token-areas-help = In the words of that interface, separated by blanks. They need an employee.
token-expires = Ends
token-expires-help = The last day on which it works. Empty: never.
token-never = Never
token-over = Over
token-no-day = write a date such as 2026-12-31
token-made = The new token
token-revoke = Revoke
token-revoke-confirm = { $name } opens nothing any more, within ten seconds. Programs that use it stop working.
scope-orders-read = Read orders, clients, timelines and documents.
scope-orders-write = Change orders, clients, timelines and documents.
scope-automation-read = Read pipelines, automations and settings.
scope-automation-write = Change pipelines, automations and settings.
scope-runs-read = Read runs, deliveries and events.
scope-runs-write = Retry and cancel runs.
scope-events-write = Tell of events, and nothing else.
scope-plugins-write = Install and remove plugins, grant, set secrets.
scope-admin = Everything, also tokens and accounts.

# Webhooks.
webhooks-none = Nobody outside is told of events yet.
webhook-add = Add webhook
webhook-change = Change webhook
webhook-url = Address
webhook-kinds = Events
webhook-kinds-help = Kinds separated by blanks. A star stands for all that begin alike.
webhook-pipeline = Only of pipeline
webhook-every-pipeline = All pipelines
webhook-description = Description
webhook-of-application = of the application { $id }
webhook-pull = Kept until it is asked for
webhook-pull-what = An application asks for these events itself.
webhook-on = On
webhook-paused = Paused
webhook-failing = Failing
webhook-given-up = Given up
webhook-attempts = { $count ->
        [one] one attempt failed:
       *[other] { $count } attempts failed:
    }
webhook-pause = Pause
webhook-resume = Resume
webhook-key = The key that requests are signed with
webhook-rotate = Change key
webhook-rotate-confirm = Requests are signed with a new key. The one before signs beside it for { $hours } hours.
webhook-test-what = An event that never happened was posted, of kind webhook.test. Nothing is tried again.
webhook-answered = The address answered { $status } in { $span }.
webhook-no-answer = The address did not answer.
webhook-remove = Remove webhook
webhook-remove-confirm = { $url } is told of nothing any more. What is on its way to it is not sent.

# Templates and numerators.
documents-templates = Templates
documents-numerators = Numerators
templates-none = No templates yet. Rules make documents of them.
template-add = Add template
template-title = Title of its documents
template-title-help = Stands before the number.
template-kind = Made of
template-numerator = Numerator
template-media-type = Media type
template-text = Text
template-text-help = With loops and fields, such as {"{{"} order.number {"}}"}.
template-size = Size
template-placeholders = Inserts
template-is-file = This template is a file: replace it below.
numerators-none = No numerators yet. Each template needs one.
numerator-add = Add numerator
numerator-pattern = Pattern
numerator-pattern-help = Knows {"{"}number{"}"}, {"{"}year{"}"}, {"{"}month{"}"} and {"{"}day{"}"}.
numerator-example = The first looks like
numerator-start = Begins at
numerator-step = Step
numerator-pad = Fill up to so many digits
numerator-pad-with = Fill up with
numerator-no-number = write a whole number
numerator-reset = Begins anew
numerator-reset-never = Never
numerator-reset-year = Each year
numerator-reset-month = Each month
numerator-reset-day = Each day

# Lists, segments, schedules.
lists-lists = Lists
lists-segments = Segments
lists-schedules = Schedules
lists-none = No lists yet. Rules look things up in them and write into them.
list-fields = Fields
list-items = Items
list-no-items = Nothing stands in this list yet.
segments-none = No segments yet. They gather clients that something is true of.
segment-condition = Who belongs to it
segment-everybody = Every client
schedules-none = No schedules yet. Triggers can come due by them.
schedule-cron = When (cron)
schedule-next = Next
schedule-on = On
schedule-off = Off

# Applications.
applications-none = No applications. They are registered over the API.
application-areas = Areas
application-installed = Installed
application-registered = Registered, not installed
application-agreed = agreed by { $who }

# Where something is used.
settings-used = Used by
settings-used-help = Take it out of these first: what is used is not removed.
settings-unused = Nothing uses it.
settings-template = template

# Requisites.
requisites-what = As whom the shop writes documents. Templates insert the fields, such as {"{{"} requisites.vat-number {"}}"}.
requisites-none = No requisites yet. Documents then name nobody who issues them.
requisites-add = Add requisites
requisites-first = Where none is named
requisites-fields = Fields
requisites-fields-help = What the law of your country wants on a document. What is left empty is not kept.
requisites-bank = Bank
requisites-bank-help = Only on documents that say so: {"{{"} requisites.bank.iban {"}}"}.
requisites-key = Field { $number }: name
requisites-value = Value of { $name }
requisites-field-add = Add field
requisites-twice = { $key } stands there twice
requisites-remove = Remove requisites
requisites-remove-confirm = { $name } is removed. Documents that were written stay as they are.

# Dictionaries.
dictionary-add = Add dictionary
dictionary-add-help = Values of your own to choose from, such as colours.
dictionary-title = Title
dictionary-entries = Values
dictionary-entries-help = People choose them in this order. A value keeps its id when it is renamed. Nothing is changed before you save.
dictionary-entry-add = Add value
dictionary-entry-name = Value { $number }: name
dictionary-other = Somebody else has changed these values since you opened them: open them again and repeat your change.
dictionary-remove = Remove dictionary
dictionary-remove-confirm = { $name } is removed. Where a value of it was chosen, it stays.
dictionary-restore = As in the beginning
dictionary-restore-confirm = { $name } is again as every shop begins with it. Where another value was chosen, it stays.
dictionary-statuses = Shipment statuses
dictionary-statuses-what = What a shipment can be, in the order of its way. Rules and providers name the ids.
dictionary-sources = Sources
dictionary-deal-types = Deal types
dictionary-contact-types = Contact types
dictionary-company-types = Company types
dictionary-company-sizes = Employees of a company
dictionary-industries = Industries
dictionary-salutations = Salutations
dictionary-payment-systems = Payment systems
dictionary-delivery-services = Delivery services

# Files of templates.
template-upload = Upload template
template-download = Download
template-replace = Replace file
template-replace-help = Without a file, only the title and the numerator change. Documents that were made stay as they are.
template-replace-text-help = The text of the file takes the place of the text above.
template-digest = Version (SHA-256)
template-file = File
template-file-help = A Word document (.docx), typst (.typ), HTML or plain text of at most { $most }.
template-no-file = choose a file
template-no-kind = { $name } is no template: choose a file that ends with .docx, .typ, .html or .txt
template-no-text = the text is not in UTF-8: save it so, and choose it again
template-too-large = the file is larger than { $most }: make it smaller, such as by smaller pictures
template-unreadable = the form cannot be read: open the page again and choose the file once more
template-remove = Remove template
template-remove-confirm = { $name } is removed. Documents that were made of it stay.
numerator-remove = Remove numerator
numerator-remove-confirm = { $name } is removed. One of the same name goes on after the numbers that it gave.

# Lists, segments and schedules that are changed.
list-add = Add list
list-edit = Change list
list-title = Title
list-fields-help = Items that are there keep what they have in a field that is taken away.
list-field-add = Add field
list-field-name = Field { $number }: name
list-field-title = Field { $number }: title
list-field-title-hint = Title
list-field-required = Field { $number }: whether it must be filled in
list-optional = may be empty
list-required = must be filled in
list-remove = Remove list
list-remove-confirm = { $name } is removed with all of its items.
item-add = Add item
item-remove = Remove item
item-remove-confirm = { $id } is removed from the list.
segment-add = Add segment
segment-condition-help = Without a condition, every client belongs to it.
segment-clients = { $count ->
    [one] { $count } client
   *[other] { $count } clients
}
segment-remove = Remove segment
segment-remove-confirm = { $name } is removed. Its clients stay.
schedule-add = Add schedule
schedule-cron-help = Minute, hour, day of the month, month, day of the week: 0 9 * * 1-5 is nine o’clock from Monday to Friday.
schedule-active = On
schedule-remove = Remove schedule
schedule-remove-confirm = { $name } does not come due any more.

# Emergency stop.
halts-help = What is halted here is halted in the whole server, until somebody lets it go on, over restarts too. It is written down who has done it.
halts-halted = Halted
halts-goes = Goes on
halts-halt = Halt
halts-resume = Let it go on
halts-since = By { $who }, since
halts-reason = Reason
halts-reason-help = Everybody reads it above every page, and programs with every refusal.
halts-intake-title = Events and changes from outside
halts-intake-what = Whoever sends an event or changes an order or a client is told to come again. Reading and settings go on, and so does the automation of what is there.
halts-intake-confirm = Orders and clients can be changed by nobody until you let it go on.
halts-intake-banner = Events and changes are not taken in.
halts-outbox-title = Messages and webhooks
halts-outbox-what = Nothing is sent to anybody. Messages wait, and go out afterwards; what is being sent at this moment still arrives.
halts-outbox-confirm = No message leaves until you let it go on.
halts-outbox-banner = No message leaves.
halts-egress-title = Requests of plugins
halts-egress-what = Plugins find no network. Those that can try again later do; messages that a plugin carries are tried again as when a provider is away.
halts-egress-confirm = No plugin reaches any server until you let it go on.
halts-egress-banner = Plugins reach no server.
