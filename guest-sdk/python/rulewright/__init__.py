"""What an author of a plugin sees beside the functions of the host: steps and outcomes.

The functions of the host are in `wit_world.imports`, one module for each interface: those that `uses` names. No function
of the host is called here, so nobody is asked for one because of this module.
"""

import json
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from componentize_py_types import Err
from wit_world.imports import errors, runs, values
from wit_world.imports.errors import HostError, Issue
from wit_world.imports.events import Event, EventFilter
from wit_world.imports.orders import OrderSnapshot
from wit_world.imports.runs import Cause, Failure, Outcome, RunContext, SavedState
from wit_world.imports.values import Attr

__all__ = [
    "Attr", "Cause", "DAY", "Err", "Event", "EventFilter", "Failed", "HOUR", "HostError", "Issue", "MINUTE",
    "OrderSnapshot", "Outcome", "Provider", "Rule", "SECOND", "SavedState", "Step", "Trigger", "attr", "attr_text",
    "bad_settings", "code", "done", "give_up", "retry", "retry_later", "skipped", "told", "wait_for", "wait_until",
]

# Milliseconds.
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

T = TypeVar("T")


@dataclass
class Step:
    """One step of a run: what is known at its start."""

    order: OrderSnapshot
    settings: dict[str, Any]
    """As staff filled them in; texts are rendered."""
    cause: Cause
    """Why the step runs."""
    state: Any
    """What the step before it left behind; None in the first."""
    previous: dict[str, Any] | None
    """The output of the rule before this one, where this one runs after it."""
    run: str
    shop: str
    rule_name: str
    number: int
    """0 for the first step of the run."""
    attempt: int
    """0 for the first try of this step."""
    locale: str
    attrs: list[Attr]


class Failed(Exception):
    """The step fails, and whatever it staged is dropped. Begin the text with a code: `too-long: ...`."""

    def __init__(self, failure: Failure):
        super().__init__(failure.value)
        self.failure = failure


def give_up(reason: str) -> Failed:
    """Trying again cannot help: `raise give_up("too-long: ...")`."""
    return Failed(runs.Failure_Permanent(reason))


def bad_settings(reason: str) -> Failed:
    """The settings are wrong; somebody must mend them."""
    return Failed(runs.Failure_Config(reason))


def retry_later(reason: str) -> Failed:
    """Trying again may help; the host chooses when, and how often."""
    return Failed(runs.Failure_Transient(reason))


class Rule:
    """Subclass it as `Rule` in the plugin's first module, and write `on_step`."""

    STATE_VERSION = 1
    """Count up when the shape of the state changes, and write `on_upgrade`."""

    def on_step(self, step: Step) -> Outcome:
        """One step. Waiting is an outcome, not a sleep: the next step starts in a fresh instance."""
        raise NotImplementedError("a rule needs `on_step`")

    def on_validate(self, settings: dict[str, Any]) -> list[Issue]:
        """What the schema cannot say. Texts may still hold `{{placeholders}}`."""
        return []

    def on_upgrade(self, state: Any, version: int) -> Any:
        """State that a plugin of an older version wrote."""
        return state

    def validate(self, settings: str) -> list[Issue]:
        return self.on_validate(json.loads(settings))

    def step(self, ctx: RunContext, cause: Cause, state: SavedState | None) -> Outcome:
        def run() -> Outcome:
            outcome = self.on_step(Step(
                order=ctx.order,
                settings=json.loads(ctx.settings),
                cause=cause,
                state=None if state is None else json.loads(state.bytes),
                previous=None if ctx.previous is None else json.loads(ctx.previous),
                run=ctx.run,
                shop=ctx.shop,
                rule_name=ctx.rule_name,
                number=ctx.step,
                attempt=ctx.attempt,
                locale=ctx.locale,
                attrs=ctx.attrs,
            ))
            if isinstance(outcome, (runs.Outcome_WaitUntil, runs.Outcome_WaitFor)):
                outcome.value.state.version = self.STATE_VERSION
            return outcome

        return _failing(run)

    def upgrade(self, state: SavedState) -> SavedState:
        try:
            upgraded = self.on_upgrade(json.loads(state.bytes), state.version)
        except Exception as error:
            raise Err(_explain(error))
        return _saved(upgraded, self.STATE_VERSION)


class Trigger:
    """Subclass it as `Trigger` in the plugin's first module, and write `on_examine`."""

    def on_examine(self, ctx: Any, settings: dict[str, Any], event: Event) -> Any:
        """Whether this event moves the order: `wit_world.exports.trigger.Verdict_Fires(why)` or `Verdict_Ignores(why)`."""
        raise NotImplementedError("a trigger needs `on_examine`")

    def on_validate(self, settings: dict[str, Any]) -> list[Issue]:
        return []

    def validate(self, settings: str) -> list[Issue]:
        return self.on_validate(json.loads(settings))

    def examine(self, ctx: Any, event: Event) -> Any:
        return _failing(lambda: self.on_examine(ctx, json.loads(ctx.settings), event))


class Provider:
    """Subclass it as `Provider` in the plugin's first module. The types are in `wit_world.exports.provider`."""

    def on_deliver(self, by: Any, settings: dict[str, Any], message: Any) -> Any:
        """Called at least once for each message, always with the same key."""
        raise NotImplementedError("a provider needs `on_deliver`")

    def on_receive(self, by: Any, settings: dict[str, Any], call: Any) -> Any:
        """Nothing that comes in exists before this has found out whether it comes from the gateway."""
        raise NotImplementedError("a provider needs `on_receive`")

    def on_validate(self, settings: dict[str, Any]) -> list[Issue]:
        return []

    def validate(self, settings: str) -> list[Issue]:
        return self.on_validate(json.loads(settings))

    def deliver(self, by: Any, message: Any) -> Any:
        return _failing(lambda: self.on_deliver(by, json.loads(by.settings), message))

    def receive(self, by: Any, call: Any) -> Any:
        return _failing(lambda: self.on_receive(by, json.loads(by.settings), call))


def done(summary: str, output: dict[str, Any] | None = None) -> Outcome:
    """The rule is through: one line for the history, and values for the rules after this one."""
    return runs.Outcome_Done(runs.Done(summary, None if output is None else _text(output)))


def skipped(reason: str) -> Outcome:
    """The rule does not apply, and why. The rules after this one go on."""
    return runs.Outcome_Skipped(reason)


def retry(reason: str, after: int | None = None) -> Outcome:
    """Drops what was staged and runs the step again; without a time (milliseconds) the host chooses one."""
    return runs.Outcome_Retry(runs.Retry(after, reason))


def wait_until(at: int, state: Any) -> Outcome:
    """Goes on at that time, with the cause `Cause_Timer`."""
    return runs.Outcome_WaitUntil(runs.WaitUntil(at, _saved(state, 1)))


def wait_for(
    kinds: list[str],
    until: int | None,
    state: Any,
    order: str | None = None,
    clients: list[str] | None = None,
    correlation: str | None = None,
    attrs: list[Attr] | None = None,
) -> Outcome:
    """Goes on with the cause `Cause_Event` when such an event happens, with `Cause_TimedOut` at `until`."""
    filter = EventFilter(kinds, order, clients or [], correlation, attrs or [])
    return runs.Outcome_WaitFor(runs.WaitFor(filter, until, _saved(state, 1)))


def attr(attrs: list[Attr], key: str) -> Any:
    """The value of an attr, as it is; None where there is none."""
    return next((attr.value for attr in attrs if attr.key == key), None)


def attr_text(attrs: list[Attr], key: str) -> str:
    """The text of an attr; empty where there is none."""
    value = attr(attrs, key)
    return value.value if isinstance(value, values.Value_Text) else ""


def code(error: HostError) -> str:
    """Stable and machine-readable: `denied`, `not-found`, `no-address`, ..."""
    return told(error).split(":", 1)[0]


def told(error: HostError) -> str:
    """One line: the code, a colon, and what is known."""
    match error:
        case errors.HostError_Denied(what):
            return f"denied: {what}"
        case errors.HostError_NotFound():
            return "not-found: there is nothing with that id"
        case errors.HostError_Conflict(revision):
            return f"conflict: the order is at revision {revision}"
        case errors.HostError_Invalid(issues):
            return "invalid: " + "; ".join(f"{issue.path} {issue.message}".strip() for issue in issues)
        case errors.HostError_Limit(name):
            return f"limit: {name} is used up"
        case errors.HostError_Unavailable():
            return "unavailable: the other side is down"
        case errors.HostError_Other(detail):
            return f"{detail.code}: {detail.message}"
    return f"other: {error}"


_HOST_ERRORS = (
    errors.HostError_Denied,
    errors.HostError_NotFound,
    errors.HostError_Conflict,
    errors.HostError_Invalid,
    errors.HostError_Limit,
    errors.HostError_Unavailable,
    errors.HostError_Other,
)
_PASSES = (errors.HostError_Conflict, errors.HostError_Unavailable)


def _failing(run: Callable[[], T]) -> T:
    """What is raised becomes the failure that fits; a mistake in the code is told with its place."""
    try:
        return run()
    except Failed as error:
        failure = error.failure
    except Err as error:
        failure = _refused(error.value)
    except Exception as error:
        failure = runs.Failure_Permanent(f"exception: {_explain(error)}")
    raise Err(failure)


def _refused(error: Any) -> Failure:
    if not isinstance(error, _HOST_ERRORS):
        return runs.Failure_Permanent(f"exception: {error}")
    passes = isinstance(error, _PASSES) or (
        isinstance(error, errors.HostError_Other) and error.value.retryable
    )
    return (runs.Failure_Transient if passes else runs.Failure_Permanent)(told(error))


def _explain(error: Exception) -> str:
    # Not by `traceback`, which looks for the source, and there are no files.
    place, where = error.__traceback__, ""
    while place is not None:
        where = f" ({place.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}, line {place.tb_lineno})"
        place = place.tb_next
    return f"{type(error).__name__}: {error}{where}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _saved(state: Any, version: int) -> SavedState:
    return SavedState(version, _text(state).encode())
