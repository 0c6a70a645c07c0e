"""Sending, as rules usually do it. Whoever imports this calls `messages.queue`, and lists it in `uses`."""

from typing import Any

from componentize_py_types import Err
from wit_world.imports import messages
from wit_world.imports.messages import Message, Recipient
from wit_world.imports.orders import OrderSnapshot

from . import Outcome, code, skipped


def client_of(order: OrderSnapshot) -> Recipient:
    """The client of the order. The host resolves the address, so no personal data is read."""
    return messages.Recipient_ClientOf(order.id)


def message(channel: str, to: Recipient, text: str, **more: Any) -> Message:
    """`channel` is `sms`, `email`, `call`, `chat`, ...; the manifest must name it."""
    rest: dict[str, Any] = {
        "address_kind": None, "about": None, "sender": None, "subject": None, "params": [], "correlation": None,
    }
    return Message(channel=channel, to=to, text=text, **(rest | more))


def queue_or_skip(message: Message) -> Outcome | None:
    """Queues it; or gives the outcome that skips the rule, because there is nowhere to send it."""
    try:
        messages.queue(message)
        return None
    except Err as error:
        reason = _nowhere(message, code(error.value))
        if reason is None:
            raise
        return skipped(reason)


def _nowhere(message: Message, code: str) -> str | None:
    employee = isinstance(message.to, messages.Recipient_Employee)
    if employee and code == "not-found":
        return f"no-such-employee: {message.to.value} has left"
    who = "the employee" if employee else "the client"
    if code == "invalid-address":
        return f"invalid-address: {who}'s address is wrong"
    if code != "no-address":
        return None
    if message.channel == "chat":
        return "no-channel: the client has never written in an open channel"
    mail = message.channel == "email"
    what = "mail address" if mail else "phone number"
    if message.address_kind is not None:
        name = "no-such-address-type" if mail else "no-such-phone-type"
        return f"{name}: {who} has no {what} of type {message.address_kind}"
    return f"{'no-mail' if mail else 'no-phone'}: {who} has no {what}"
