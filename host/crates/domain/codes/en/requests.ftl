# What a request, or a form of the console, can be refused for, whatever it is about.

-area = Requests and forms
    .kept = Nothing was changed.

bad-json = The body is no JSON
    .what = The body of the request cannot be read: it breaks off, or a character stands where none may.
    .next = `detail` names line and column. Send one JSON object in UTF-8.

body = The body cannot be read
    .what = The body of the request broke off, or is not what this address takes.
    .next = Send it whole, in the form that `GET /v1/openapi.json` shows.

bug = The server made a mistake
    .what = Something happened that its authors had not thought of. It is written down in the server's log.
    .kept = What was not finished is undone: changes are made whole or not at all.
    .next = Try once more. If it stays so, report it with the id of the request (`x-request-id`), by which the log can be searched.

conflict = It does not fit how things stand now
    .what = Somebody else was quicker, or something that is there keeps it from being done. The message says which.
    .kept = Nothing was changed by this.
    .next = Look at what it is now, and decide again. Through the API: read it again, and send its new revision.

consent-required = The plugin asks for something first
    .what = The plugin wants to read, change, send or reach things that the shop has not agreed to yet.
    .kept = Nothing was installed. A version in use goes on.
    .next = Read what it asks for (`consent` of the answer), and repeat the request with `?accept=` and the digest.

cursor = This is no place to go on from
    .what = `after` is not the `next` of an earlier page of the same list.
    .next = Leave it out to begin at the first page.

denied = This may not be done
    .what = In the console: your role does not have it. In a run: the plugin called a function that the shop has not granted to it.
    .kept = Nothing was changed; of a step, nothing was done.
    .next = An owner of the shop can give you another role under Settings. What a plugin may do stands on its page, and can be granted there.

disk-failed = The server's disk did not do what it should
    .what = The system could not read from the disk or write to it. Where it could not say whether something was written, the server stops by itself, to find out when it starts again.
    .kept = Nothing of what was asked was changed, or it was changed wholly. What was answered before stays.
    .next = Try again in a moment, through the API with the same `Idempotency-Key`, so that nothing is done twice. The server's log and the system's say more about the disk.

disk-full = The server's disk is full
    .what = There is no room for what was to be written. All that is there can be read, and the automation waits.
    .kept = Nothing of what was asked was changed, and what was saved before stays.
    .next = Make room, and try again, through the API with the same `Idempotency-Key`. The server goes on by itself and need not be started again.

field = Nothing is searched by this
    .what = A filter or an order of sorting names a field that this list does not have.
    .next = `hint` lists the fields that there are.

filter = The filter cannot be understood
    .what = The filter is not made of fields, operators and values as they go together.
    .next = `detail` says where. `docs/rest-api.md` shows filters.

idempotency-key = The key cannot be used
    .what = An `Idempotency-Key` is empty, too long, or has characters that a header may not have.
    .next = Send a new random one for every new request, for example a UUID.

idempotency-key-reused = The key belongs to another request
    .what = This `Idempotency-Key` was used before for a request that said something else.
    .kept = What the first request did stays; this one did nothing.
    .next = Use a new key for every new request, and the same key only to repeat the same one.

intake-halted = The operator takes nothing in
    .what = Whoever runs the server has halted events and changes from outside, and has left a reason. What is there can be read.
    .next = Send it again later, through the API with the same `Idempotency-Key` and after what `Retry-After` says. `rulewright halt --list` shows what is halted.

invalid = Something in it is not right
    .what = At least one value is missing, of the wrong kind, or outside of what is allowed. Each is named by its place.
    .kept = Nothing was changed. In the console what you wrote stays in the form.
    .next = Correct each place that is named, and send it again.

invalid-token = The token is not valid
    .what = The bearer token is unknown, was revoked, or has expired.
    .next = Make another one, under Settings or with `rulewright token create`.

last-event-id = This is no event to go on after
    .what = `Last-Event-ID` is not an id that the stream has sent.
    .next = Send the `id` that the stream sent last, or leave the header out.

limit = A limit was reached
    .what = In a request: `limit` asks for more rows than a page has. In a run: a step wanted more of something than a step may have, or the run has made as many steps as a run may.
    .kept = Nothing was changed; of a step, nothing was done. What earlier steps did stays.
    .next = The message names the limit. Ask for less, or have the plugin's author do it in several steps; an operator can set limits of the sandbox.

made-before = It was made before, and is shown once
    .what = A request with the same `Idempotency-Key` has made this already. What was secret in the answer is not known to the server any more.
    .kept = What was made stays as it is.
    .next = If you do not have the secret: delete what was made, or have its secret changed, and use a new key.

missing-scope = The token may not do this
    .what = The bearer token is valid, and does not have the scope that this address needs.
    .next = Use a token with the scope that the message names, or with `admin`.

no-such-event = The stream has no such event any more
    .what = The stream was asked to go on after an event that the log does not have: perhaps a backup was restored.
    .next = Read everything again, then follow the stream without `Last-Event-ID` and `after`.

no-such-method = This address does not take this method
    .what = The address exists, and answers other methods.
    .next = The `Allow` header of the answer lists what it takes.

no-such-route = There is no such address
    .what = Nothing of the server answers at this address.
    .next = Check how it is written. `GET /v1/openapi.json` lists every address of the API.

no-such-thing = Something that is named is not there
    .what = The request, the rule or the document names something of the shop that is not there: the rest of the code says what kind of thing, such as `no-such-template`.
    .kept = Nothing was changed; of a step, nothing was done.
    .next = Check the id or the name. It may have been deleted, or renamed since.

no-token = The request has no token
    .what = This address answers only to whoever shows a bearer token.
    .next = Send `Authorization: Bearer rw_...`. `rulewright token create` makes one.

not-found = This is not here
    .what = There is nothing of this id or name: it was deleted, the address is wrong, or it belongs to another shop. A source of plugins says the same of what it does not have.
    .next = Look for it by a search or in its list. Of a plugin, check name, tag and address.

not-json = The body does not say that it is JSON
    .what = This address takes JSON, and `Content-Type` says something else.
    .next = Send `Content-Type: application/json`.

not-wasm = The body does not say that it is a component
    .what = This address takes a plugin's component, and `Content-Type` says something else.
    .next = Send `Content-Type: application/wasm`.

nothing-to-change = Nothing was named to change
    .what = The body is right, and names nothing that would be different afterwards.
    .next = `hint` says what can be named.

operator-only = Only an operator may do this
    .what = What is asked for concerns every shop of the server, so that no token of one shop may do it.
    .next = Do it on the machine where the data is, with `--data DIR`.

orders-not-shown = The token may not see orders
    .what = The answer would show an order's data, and the token lacks the scope for that.
    .next = Use a token that has the scope `orders-read` too.

overloaded = There is too much to do at the moment
    .what = More waits than the server can do soon, and this shop has its share of what waits. The message says of what there is too much.
    .kept = Nothing of this was done. What was taken in before is done.
    .next = Send it again after what `Retry-After` says, through the API with the same `Idempotency-Key`. Reading and settings go on. Where it stays so, `rulewright_backlog` of `/metrics` shows what waits.

package-signature = The signature of the package cannot be read
    .what = `Package-Signature` is not base64.
    .next = Send the whole `.sig` file in base64: `base64 -w0 greet.wasm.sig`.

path = The address has a wrong id in it
    .what = A part of the address is not of the form that it should have.
    .next = Ids are a prefix and a number, such as `ord_42`. Take them from an earlier answer.

query = The address asks for something that cannot be
    .what = A parameter after the `?` is unknown, stands twice, or has a value that it cannot have.
    .next = The message names it. `GET /v1/openapi.json` lists the parameters of every address.

shutting-down = The server is shutting down
    .what = The server finishes what it has in hand, and begins nothing new.
    .next = Try again in a moment, through the API with the same `Idempotency-Key`. An installation has to be begun again.

sign-in = Email or password is wrong
    .what = There is no account with this email and this password, or the account is disabled.
    .kept = Nobody was signed in.
    .next = Type both again. An owner of the shop can set a new password, and so can `rulewright account password`.

signed-out = You are signed out
    .what = The session has ended, or somebody came in anew in this browser.
    .kept = What you had saved stays. What you were typing was not sent.
    .next = Sign in, and you come back to the page.

slow-body = The body came too slowly
    .what = The request began, and its body did not come in time.
    .next = Send the whole body at once. With the same `Idempotency-Key` nothing is done twice.

source = This is no source of a plugin
    .what = What was named is neither an id in the marketplace, nor a reference in a registry, nor an address.
    .next = Write it as `acme.greet`, `registry.example/acme/greet:1.2.0` or `https://example.com/greet.wasm`.

storage = The data could not be read or written
    .what = The database did not do what it was asked: the disk may be full or broken. The server's log says more.
    .kept = Nothing of what was asked was changed, and what was saved before stays.
    .next = Try again in a moment. `rulewright doctor` checks the disk and the data directory.

timeout = There was no answer in time
    .what = The server, or the registry that was asked, did not answer within its time.
    .kept = A request to this server may still be carried out. Nothing was installed.
    .next = Repeat it, through the API with the same `Idempotency-Key`, so that nothing is done twice. From a registry try again later.

too-large = It is too large
    .what = A body, a file or a plugin has more bytes than are taken.
    .next = Send less: 1 MiB, 2 MiB for the file of a template, 32 MiB for a plugin.

too-many-requests = More requests than one token may send
    .what = With one token more requests came than the server takes from it.
    .kept = Nothing of this request was read, and nothing of it has happened.
    .next = Repeat it after as many seconds as `Retry-After` says, with the same `Idempotency-Key`. The operator sets the limit under `[door]` of the settings.

too-many-tries = Too many wrong passwords
    .what = Wrong passwords were typed for this email. The account waits, longer each time, at most a quarter of an hour.
    .kept = Nobody was signed in, and the password is still what it was.
    .next = Wait, then type both again. An owner of the shop can set a new password.

too-many-wrong-secrets = Too many wrong tokens, codes or signatures from one address
    .what = From the address of the caller came one wrong token, code or signature after another.
    .kept = Nothing was opened. A right one works at once, also from this address.
    .next = Put the right one into the settings of whatever calls, and wait as many seconds as `Retry-After` says.

unavailable = The server could not do this just now
    .what = Something that the server itself needs was not there for a moment: room for another step, random numbers, a thread.
    .kept = Nothing was changed. A run tries again by itself.
    .next = Try again in a moment. If it stays so, `rulewright doctor` checks the machine.

unreadable = The form could not be read
    .what = What was sent lacks a field, or has one that cannot be: no page of the console sends such a form.
    .next = Load the page again, and repeat it.

wrong-setup-code = This is not the setup code
    .what = The code is not the one that the program printed when it was started last. Each start has a new one.
    .kept = Nothing was saved, and the server still waits for its first owner.
    .next = Take the code of the link that the program has printed. When it is started again it prints a new one.
