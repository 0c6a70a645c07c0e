/// <reference path="./host.d.ts" />
// What an author of a plugin sees beside the functions of the host: steps and outcomes for what crosses the boundary
// as plain data. No function of the host is called here, so nobody is asked for one because of this file.

import type { Issue, HostError } from "rulewright:types/errors@0.1.0";
import type { Event, EventFilter } from "rulewright:types/events@0.1.0";
import type { OrderSnapshot } from "rulewright:types/orders@0.1.0";
import type { Attr, Value } from "rulewright:types/values@0.1.0";
import type { Cause, Failure, Outcome, RunContext, SavedState } from "rulewright:plugin/runs@0.1.0";
import type {
  Connection, Delivery, Outgoing, Reception, Request,
} from "rulewright:plugin/provider@0.1.0";
import type { TriggerContext, Verdict } from "rulewright:plugin/trigger@0.1.0";

export type {
  Attr, Cause, Connection, Delivery, Event, EventFilter, Failure, HostError, Issue, OrderSnapshot, Outcome, Outgoing,
  Reception, Request, SavedState, Value, Verdict,
};

/** Milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** One step of a run: what is known at its start. */
export interface Step<Settings, State> {
  /** As of the start of this step. */
  order: OrderSnapshot;
  /** As staff filled them in; texts are rendered. */
  settings: Settings;
  /** Why the step runs. */
  cause: Cause;
  /** What the step before it left behind. */
  state: State | null;
  /** The output of the rule before this one, where this one runs after it. */
  previous: Record<string, unknown> | null;
  run: string;
  shop: string;
  /** Name of the rule as staff see it. */
  ruleName: string;
  /** 0 for the first step of the run. */
  number: number;
  /** 0 for the first try of this step. */
  attempt: number;
  /** BCP 47. */
  locale: string;
  attrs: Attr[];
}

export interface Rule<Settings, State> {
  /** One step. Waiting is an outcome, not a sleep: the next step starts in a fresh instance. */
  step(step: Step<Settings, State>): Outcome;
  /** What the schema cannot say. Texts may still hold `{{placeholders}}`. */
  validate?(settings: Settings): Issue[];
  /** Count up when the shape of the state changes, and write `upgrade`. 1 unless said otherwise. */
  stateVersion?: number;
  /** State that a plugin of an older version wrote. */
  upgrade?(state: unknown, version: number): State;
}

/** What the module exports: `export const rule = defineRule<Settings, State>({ step(step) { .. } })`. */
export function defineRule<Settings, State = null>(rule: Rule<Settings, State>) {
  const version = rule.stateVersion ?? 1;
  return {
    validate: (settings: string) => validated(settings, rule.validate?.bind(rule)),
    step(ctx: RunContext, cause: Cause, state: SavedState | null): Outcome {
      return failing(() => {
        const outcome = rule.step({
          order: ctx.order,
          settings: JSON.parse(ctx.settings),
          cause,
          state: state === null ? null : read(state),
          previous: ctx.previous === null ? null : JSON.parse(ctx.previous),
          run: ctx.run,
          shop: ctx.shop,
          ruleName: ctx.ruleName,
          number: ctx.step,
          attempt: ctx.attempt,
          locale: ctx.locale,
          attrs: ctx.attrs,
        });
        const waits = outcome.tag === "wait-until" || outcome.tag === "wait-for";
        return waits ? { ...outcome, val: { ...outcome.val, state: { ...outcome.val.state, version } } } as Outcome : outcome;
      });
    },
    upgrade(state: SavedState): SavedState {
      if (rule.upgrade === undefined) return state;
      try {
        return { ...saved(rule.upgrade(read(state), state.version)), version };
      } catch (error) {
        throw explain(error);
      }
    },
  };
}

export interface Trigger<Settings> {
  /** Whether this event moves the order. */
  examine(by: Examine<Settings>, event: Event): Verdict;
  validate?(settings: Settings): Issue[];
}

export interface Examine<Settings> extends Omit<TriggerContext, "settings"> {
  settings: Settings;
}

/** What the module exports: `export const trigger = defineTrigger<Settings>({ examine(by, event) { .. } })`. */
export function defineTrigger<Settings>(trigger: Trigger<Settings>) {
  return {
    validate: (settings: string) => validated(settings, trigger.validate?.bind(trigger)),
    examine: (ctx: TriggerContext, event: Event): Verdict =>
      failing(() => trigger.examine({ ...ctx, settings: JSON.parse(ctx.settings) }, event)),
  };
}

export interface Provider<Settings> {
  /** Called at least once for each message, always with the same key. */
  deliver(by: Connected<Settings>, message: Outgoing): Delivery;
  /** Nothing that comes in exists before this has found out whether it comes from the gateway. */
  receive(by: Connected<Settings>, call: Request): Reception;
  validate?(settings: Settings): Issue[];
}

export interface Connected<Settings> extends Omit<Connection, "settings"> {
  settings: Settings;
}

/** What the module exports: `export const provider = defineProvider<Settings>({ .. })`. */
export function defineProvider<Settings>(provider: Provider<Settings>) {
  const connected = (by: Connection): Connected<Settings> => ({ ...by, settings: JSON.parse(by.settings) });
  return {
    validate: (settings: string) => validated(settings, provider.validate?.bind(provider)),
    deliver: (by: Connection, message: Outgoing): Delivery => failing(() => provider.deliver(connected(by), message)),
    receive: (by: Connection, call: Request): Reception => failing(() => provider.receive(connected(by), call)),
  };
}

/** The rule is through: one line for the history, and values for the rules after this one. */
export function done(summary: string, output: Record<string, unknown> | null = null): Outcome {
  return { tag: "done", val: { summary, output: output === null ? null : JSON.stringify(output) } };
}

/** The rule does not apply, and why. The rules after this one go on. */
export function skipped(reason: string): Outcome {
  return { tag: "skipped", val: reason };
}

/** Drops what was staged and runs the step again; without a time (milliseconds) the host chooses one. */
export function retry(reason: string, after: number | null = null): Outcome {
  return { tag: "retry", val: { after, reason } };
}

/** Goes on at that time, with the cause `timer`. */
export function waitUntil(at: number, state: unknown): Outcome {
  return { tag: "wait-until", val: { at, state: saved(state) } };
}

/** Goes on with the cause `event` when such an event happens, with `timed-out` at `until`. */
export function waitFor(
  filter: Partial<EventFilter> & { kinds: string[] },
  until: number | null,
  state: unknown,
): Outcome {
  const whole = { order: null, clients: [], correlation: null, attrs: [], ...filter };
  return { tag: "wait-for", val: { filter: whole, until, state: saved(state) } };
}

export function fires(why: string): Verdict {
  return { tag: "fires", val: why };
}

export function ignores(why: string): Verdict {
  return { tag: "ignores", val: why };
}

/** The step fails, and whatever it staged is dropped. Begin the text with a code: `too-long: ..`. */
export class Failed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.val);
  }
}

/** Trying again cannot help. */
export function giveUp(reason: string): Failed {
  return new Failed({ tag: "permanent", val: reason });
}

/** The settings are wrong; somebody must mend them. */
export function badSettings(reason: string): Failed {
  return new Failed({ tag: "config", val: reason });
}

/** Trying again may help; the host chooses when, and how often. */
export function retryLater(reason: string): Failed {
  return new Failed({ tag: "transient", val: reason });
}

/** Why a function of the host refused, where that is what was thrown. */
export function refusal(error: unknown): HostError | null {
  const tags = ["denied", "not-found", "conflict", "invalid", "limit", "unavailable", "other"];
  const payload = (error as { payload?: { tag?: unknown } } | null)?.payload;
  const tag = payload?.tag;
  return typeof tag === "string" && tags.includes(tag) ? (payload as HostError) : null;
}

/** Stable and machine-readable: `denied`, `not-found`, `no-address`, .. */
export function code(error: HostError): string {
  return error.tag === "other" ? error.val.code : error.tag;
}

/** One line: the code, a colon, and what is known. */
export function told(error: HostError): string {
  switch (error.tag) {
    case "denied": return `denied: ${error.val}`;
    case "not-found": return "not-found: there is nothing with that id";
    case "conflict": return `conflict: the order is at revision ${error.val}`;
    case "invalid": return `invalid: ${error.val.map((issue) => `${issue.path} ${issue.message}`.trim()).join("; ")}`;
    case "limit": return `limit: ${error.val} is used up`;
    case "unavailable": return "unavailable: the other side is down";
    case "other": return `${error.val.code}: ${error.val.message}`;
  }
}

/** The value of an attr, as it is. */
export function attr(attrs: Attr[], key: string): Value | null {
  return attrs.find((attr) => attr.key === key)?.value ?? null;
}

/** The text of an attr; empty where there is none. */
export function attrText(attrs: Attr[], key: string): string {
  const value = attr(attrs, key);
  return value?.tag === "text" ? value.val : "";
}

function validated<Settings>(settings: string, validate?: (settings: Settings) => Issue[]): Issue[] {
  return validate === undefined ? [] : validate(JSON.parse(settings));
}

/** What is thrown becomes the failure that fits; a mistake in the code is told with its place. */
function failing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw failure(error);
  }
}

function failure(error: unknown): Failure {
  if (error instanceof Failed) return error.failure;
  const refused = refusal(error);
  if (refused === null) return { tag: "permanent", val: `exception: ${explain(error)}` };
  const passes = refused.tag === "conflict" || refused.tag === "unavailable" ||
    (refused.tag === "other" && refused.val.retryable);
  return { tag: passes ? "transient" : "permanent", val: told(refused) };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  // Of a function of the host with errors of its own, e.g. `http.send`.
  const payload = (error as { payload?: unknown }).payload;
  if (payload !== undefined) return JSON.stringify(payload);
  const place = error.stack?.trim().split("\n")[0]?.trim();
  return `${error.name}: ${error.message}${place ? ` (${place})` : ""}`;
}

// The engine has no TextEncoder. What is written is ASCII; what a plugin in another language wrote may be UTF-8.

function saved(state: unknown): SavedState {
  const ascii = JSON.stringify(state).replace(/[^\0-\x7f]/g, (unit) =>
    "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"));
  return { version: 1, bytes: Uint8Array.from(ascii, (char) => char.charCodeAt(0)) };
}

function read(state: SavedState) {
  const escaped = Array.from(state.bytes, (byte) => "%" + byte.toString(16).padStart(2, "0"));
  return JSON.parse(decodeURIComponent(escaped.join("")));
}
