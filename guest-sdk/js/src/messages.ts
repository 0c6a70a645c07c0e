/// <reference path="./host.d.ts" />
// Sending, as rules usually do it. Whoever imports this calls `messages.queue`, and lists it in `uses`.

import { queue } from "rulewright:host/messages@0.1.0";
import type { Message, Recipient } from "rulewright:host/messages@0.1.0";
import { code, type OrderSnapshot, type Outcome, refusal, skipped } from "rulewright";

export type { Message, Recipient };

/** The client of the order. The host resolves the address, so no personal data is read. */
export function clientOf(order: OrderSnapshot): Recipient {
  return { tag: "client-of", val: order.id };
}

/** `channel` is `sms`, `email`, `call`, `chat`, ..; the manifest must name it. */
export function message(channel: string, to: Recipient, text: string, more: Partial<Message> = {}): Message {
  return {
    channel, to, text, addressKind: null, about: null, sender: null, subject: null, params: [], correlation: null,
    ...more,
  };
}

/** Queues it; or gives the outcome that skips the rule, because there is nowhere to send it. */
export function queueOrSkip(message: Message): Outcome | null {
  try {
    queue(message);
    return null;
  } catch (error) {
    const refused = refusal(error);
    const reason = refused === null ? null : nowhere(message, code(refused));
    if (reason === null) throw error;
    return skipped(reason);
  }
}

function nowhere(message: Message, code: string): string | null {
  const employee = message.to.tag === "employee";
  if (employee && code === "not-found") return `no-such-employee: ${message.to.val} has left`;
  const who = employee ? "the employee" : "the client";
  if (code === "invalid-address") return `invalid-address: ${who}'s address is wrong`;
  if (code !== "no-address") return null;
  if (message.channel === "chat") return "no-channel: the client has never written in an open channel";
  const mail = message.channel === "email";
  const what = mail ? "mail address" : "phone number";
  if (message.addressKind !== null) {
    return `${mail ? "no-such-address-type" : "no-such-phone-type"}: ${who} has no ${what} of type ${message.addressKind}`;
  }
  return `${mail ? "no-mail" : "no-phone"}: ${who} has no ${what}`;
}
