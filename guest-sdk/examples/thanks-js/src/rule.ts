// Thanks the client, waits two days, and asks for a review.

import { write } from "rulewright:host/log@0.1.0";
import { idempotencyKey, now } from "rulewright:host/step@0.1.0";
import { addComment } from "rulewright:host/timeline@0.1.0";
import { DAY, defineRule, done, type Issue, type Outcome, skipped, type Step, waitUntil } from "rulewright";
import { clientOf, message, queueOrSkip } from "rulewright/messages";

interface Settings {
  channel?: "sms" | "email";
  thanks: string;
  question: string;
  subject?: string;
  days?: number;
}

/** What it remembers while it waits. */
interface Thanked {
  thanked: number;
}

export const rule = defineRule<Settings, Thanked>({
  step(step) {
    return step.state === null ? thank(step) : ask(step, step.state);
  },

  validate(settings) {
    const issues: Issue[] = [];
    for (const field of ["thanks", "question"] as const) {
      if (settings[field].trim() === "") {
        issues.push({ path: `/${field}`, code: "empty-text", message: "There is nothing to send." });
      }
    }
    return issues;
  },
});

function thank(step: Step<Settings, Thanked>): Outcome {
  const skip = send(step, "thanks", step.settings.thanks);
  if (skip !== null) return skip;
  addComment(step.order.id, `Thanked the client by ${channel(step)}`, null);
  return waitUntil(now() + (step.settings.days ?? 2) * DAY, { thanked: now() });
}

function ask(step: Step<Settings, Thanked>, state: Thanked): Outcome {
  if (step.order.canceled) return skipped("canceled: the order was canceled meanwhile");
  const skip = send(step, "question", step.settings.question);
  if (skip !== null) return skip;
  addComment(step.order.id, "Asked the client for a review", null);
  const days = Math.floor((now() - state.thanked) / DAY);
  return done(`Asked for a review ${days} days after the thanks`, { asked: channel(step) });
}

function send(step: Step<Settings, Thanked>, label: string, text: string): Outcome | null {
  const by = channel(step);
  write("info", `sending the ${label} by ${by}`, []);
  const written = step.settings.subject ?? "";
  const subject = by === "email" && written.trim() !== "" ? written : null;
  const correlation = idempotencyKey(label);
  return queueOrSkip(message(by, clientOf(step.order), text, { about: step.order.id, subject, correlation }));
}

function channel(step: Step<Settings, Thanked>): string {
  return step.settings.channel ?? "sms";
}
