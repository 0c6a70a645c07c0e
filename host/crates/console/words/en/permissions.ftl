# What a plugin may do: one sentence for each function of the host. In English they are those of the registry, word for word.

may-do-log-write = Write lines to the trace of its own runs.
may-do-step-now = Know what time it is.
may-do-step-midnight = Know when a day begins where the shop is.
may-do-step-working-time = Count in the shop's working time.
may-do-step-random = Draw random numbers.
may-do-step-idempotency-key = Name its own steps, so that repeating one does nothing twice.
may-do-orders-read-get = Read any order of this shop, with its lines, payments and shipments.
may-do-orders-read-list-of-client = List the orders of any client.
may-do-clients-read-get = Read personal data of any client: name, phone numbers and e-mail addresses.
may-do-employees-read-get = Read the name, contacts and presence of any employee.
may-do-employees-read-all = Read the whole staff list, with contacts and presence.
may-do-lists-read-get = Read items of the shop's lists.
may-do-lists-read-find = Search the shop's lists.
may-do-orders-write-move-stage = Move any order to another stage of its pipeline, which starts that stage's rules.
may-do-orders-write-set-fields = Change fields of any order.
may-do-orders-write-append-fields = Add values to fields of any order.
may-do-orders-write-add-tags = Add tags to any order.
may-do-orders-write-set-responsible = Hand any order to another employee.
may-do-orders-write-cancel = Mark any order as canceled. No money is moved.
may-do-orders-write-delete = Delete any order on which nothing has been paid.
may-do-payments-write-mark-paid = Mark any order as paid. Nobody is charged.
may-do-shipments-write-allow-delivery = Approve shipments of any order for delivery.
may-do-shipments-write-mark-shipped = Mark shipments of any order as shipped.
may-do-shipments-write-edit = Change the status, tracking number, service, comment, date and responsible of shipments.
may-do-clients-write-set-fields = Change the data of any client.
may-do-timeline-add-comment = Write comments on the timeline of any order, in any employee's name.
may-do-timeline-add-comment-with-documents = Write comments with documents attached on the timeline of any order, in any employee's name.
may-do-history-write = Write entries to the history of any order, in any employee's name.
may-do-activities-add = Plan to-dos, calls and meetings on any order.
may-do-tasks-create = Give any employee tasks.
may-do-lists-write-create = Add items to the shop's lists.
may-do-lists-write-update = Change items of the shop's lists.
may-do-documents-create = Create documents on any order from the shop's templates.
may-do-documents-prepare = Read the shop's document templates and what they insert for any order, such as the client's name and phone number.
may-do-documents-create-filled = Create numbered documents on any order from templates that it fills itself.
may-do-documents-put = Attach documents that it has made itself to any order.
may-do-workflows-start = Start the shop's workflows on any order.
may-do-events-emit-emit = Emit events of its own, which can set off triggers and wake waiting rules.
may-do-feed-publish = Post to the company feed, also in an employee's name.
may-do-notifications-send = Notify any employee, also in another employee's name.
may-do-messages-queue = Send messages to clients, employees or any address by { $what }.
may-do-segments-queue = Send mailings to every client of a segment by { $what }; those who unsubscribed are left out.
may-do-http-send = Exchange data with { $what }.
may-do-secrets-open = Use secrets that you enter, without ever seeing them: { $what }.
may-do-signatures-sign = Sign with secrets that you enter, without ever seeing them: { $what }.
may-do-signatures-matches = Compare what others send with secrets that you enter, without ever seeing them: { $what }.
may-do-secrets-reveal-reveal = See secrets that you enter in the clear: { $what }.
may-do-storage-set = Keep up to { $what } of its own data in this shop.
may-do-storage-get = Read the data that it keeps in this shop.
may-do-storage-delete = Delete the data that it keeps in this shop.

may-see-order = Read the order that it runs for, with its lines, payments and shipments; of people it sees only numbers.
may-see-events = Read every event of these kinds, and the order concerned: { $what }.
may-see-messages = Read the messages that it delivers, and the addresses they go to.
may-see-messages-of = Read the messages that it delivers, and the addresses they go to: { $what }.
may-have-limit = Have a limit of its own: `{ $name }` = { $amount }, if the operator allows it.

may-reach-below = { $host } below `{ $path }`
may-reach-only = { $address } ({ $methods } only)
may-reach-any = hosts that you name yourself
may-bytes = { $count ->
    [one] 1 byte
   *[other] { $count } bytes
}
