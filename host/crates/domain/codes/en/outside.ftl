# What others that call the shop are told: webhooks, gateways, applications.

-area = Calls from outside
    .kept = The call changed nothing.

invalid-client = The application is not known here
    .what = The client id or secret is wrong, or the application is not installed in this shop.
    .next = Compare both with what the shop shows under Applications, and install the application.

invalid-grant = The code or token cannot be used
    .what = The code was used before, has expired, or was given for another address or application.
    .next = Send the person through the consent again, and use the new code at once.

not-signed = The call is not signed
    .what = Calls with this code must be signed, and this one has no signature.
    .next = Sign as https://www.standardwebhooks.com says, with the key of this webhook.

not-text = The body is not text
    .what = A webhook takes JSON, a form, or UTF-8 text, and this was something else.
    .next = Send one of these, and say which in `Content-Type`.

not-the-gateway = The call does not come from the gateway
    .what = The plugin of the provider could not recognise the call as its gateway's.
    .next = Compare the secret at the gateway with the one that the shop has filled in for this provider.

stale-signature = The signature is too old
    .what = The call was signed more than five minutes ago, or in the future.
    .next = Set the sender's clock, and sign anew for each attempt.

target-not-set = Nobody says whom the call is about
    .what = The call names neither an order nor a client.
    .next = Add `?order=ord_42` or `?client=cli_7` to the address.

token-in-address = The token must not stand in the address
    .what = Addresses are written into logs, so that only tokens with the scope `events-write` alone may stand in one.
    .next = Make one with `rulewright token create --scope events-write`.

too-many-calls = The gateway calls too often
    .what = More calls came at once than can be looked at.
    .next = Repeat it in a second.

unknown-token = The answer belongs to no question
    .what = An application answered with a token that no run waits for: it was answered before, or the run has ended.
    .next = Answer each call once, with the token that came with it, within its time.

wrong-code = No trigger waits for this code
    .what = Neither a trigger nor a waiting rule of the target knows the code of the call.
    .next = Compare it with the code in the settings of the trigger.

wrong-signature = The signature does not fit
    .what = The call was signed with another key, or its bytes were changed afterwards.
    .next = Sign exactly the bytes that are sent, with the latest key of this webhook.
