"""Thanks the client, waits two days, and asks for a review."""

import rulewright
from rulewright import DAY, Issue, Outcome, Step, done, skipped, wait_until
from rulewright.messages import client_of, message, queue_or_skip
from wit_world.imports import log, step as clock, timeline


class Rule(rulewright.Rule):
    def on_step(self, step: Step) -> Outcome:
        return thank(step) if step.state is None else ask(step, step.state)

    def on_validate(self, settings: dict) -> list[Issue]:
        return [
            Issue(f"/{field}", "empty-text", "There is nothing to send.")
            for field in ("thanks", "question")
            if not settings[field].strip()
        ]


def thank(step: Step) -> Outcome:
    skip = send(step, "thanks", step.settings["thanks"])
    if skip is not None:
        return skip
    timeline.add_comment(step.order.id, f"Thanked the client by {channel(step)}", None)
    now = clock.now()
    return wait_until(now + step.settings.get("days", 2) * DAY, {"thanked": now})


def ask(step: Step, state: dict) -> Outcome:
    if step.order.canceled:
        return skipped("canceled: the order was canceled meanwhile")
    skip = send(step, "question", step.settings["question"])
    if skip is not None:
        return skip
    timeline.add_comment(step.order.id, "Asked the client for a review", None)
    days = (clock.now() - state["thanked"]) // DAY
    return done(f"Asked for a review {days} days after the thanks", {"asked": channel(step)})


def send(step: Step, label: str, text: str) -> Outcome | None:
    by = channel(step)
    log.write(log.Level.INFO, f"sending the {label} by {by}", [])
    subject = step.settings.get("subject", "")
    return queue_or_skip(message(
        by,
        client_of(step.order),
        text,
        about=step.order.id,
        subject=subject if by == "email" and subject.strip() else None,
        correlation=clock.idempotency_key(label),
    ))


def channel(step: Step) -> str:
    return step.settings.get("channel", "sms")
