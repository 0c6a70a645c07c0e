# Messages outward.

delivery-pending = Waiting
delivery-again = Tried again
delivery-sending = Being sent
delivery-sent = Sent
delivery-delivered = Delivered
delivery-undelivered = Not delivered
delivery-dead = Given up
delivery-cancelled = Taken back
delivery-attempts = { $count ->
    [0] not tried yet
    [one] { $count } attempt
   *[other] { $count } attempts
}
delivery-next-try = next try

deliveries-sandbox = What no provider is connected for goes to the sandbox: it can be read here and reaches nobody.
deliveries-channel = Channel
deliveries-state = State
deliveries-to = To
deliveries-from = From
deliveries-text = Text
deliveries-when = When
deliveries-run = Run
deliveries-id = Id
deliveries-none = No messages yet. Rules write to clients and staff.
deliveries-none-match = No messages match.
deliveries-content = Content
deliveries-as-mail = As a mail
deliveries-as-mail-help = As the client sees it. Nothing in it runs, and images from elsewhere are not loaded.
deliveries-audio = Open the recording
deliveries-speak = Read aloud
deliveries-speak-stop = Stop reading
deliveries-attachments = Attachments
deliveries-params = Details for the provider
deliveries-answers = Attempts and answers
deliveries-attempts = Attempts
deliveries-provider = Provider
deliveries-provider-id = Its id there
deliveries-error = Last answer
deliveries-settled = Settled
deliveries-report = Reported
deliveries-retry = Send again
deliveries-retry-question = The message is sent to { $to } with the key that it had: a provider that has taken it already sends it once.
deliveries-no-retry-sent = It has been sent. Nobody gets the same message twice.
deliveries-no-retry-sending = It is being sent at this moment.
deliveries-no-retry-cancelled = Its rule was stopped before it left. Run the rule again.
