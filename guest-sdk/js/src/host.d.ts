// Written from wit/ by a test of rulewright-guest-languages; do not edit.
// A function that refuses throws an Error, whose `payload` is what stands behind `@throws`. 64-bit numbers are exact
// up to 2^53.

declare module "rulewright:types/time@0.1.0" {
  /** UTC, milliseconds since the Unix epoch. */
  export type Instant = number;
  /** Milliseconds. */
  export type Duration = number;
}

declare module "rulewright:types/values@0.1.0" {
  import type { Instant } from "rulewright:types/time@0.1.0";
  export type { Instant };
  /** `amount` x 10^-`scale` of an ISO 4217 currency, never a float: 12.50 GBP is (1250, 2, "GBP"). */
  export interface Money {
    amount: number;
    scale: number;
    currency: string;
  }
  /** WIT has no recursive types: nested data travels as JSON text. */
  export type Value =
    /** The field exists and is empty. */
    | { tag: "none" }
    | { tag: "text", val: string }
    | { tag: "integer", val: number }
    | { tag: "boolean", val: boolean }
    | { tag: "time", val: Instant }
    | { tag: "money", val: Money }
    | { tag: "texts", val: string[] }
    /** JSON text. */
    | { tag: "json", val: string }
  ;
  /** A named value. Keys are lower-case with dashes, e.g. `delivery-type`. */
  export interface Attr {
    key: string;
    value: Value;
  }
}

declare module "rulewright:types/errors@0.1.0" {
  import type { Duration } from "rulewright:types/time@0.1.0";
  export type { Duration };
  /** One thing wrong with a document such as settings. */
  export interface Issue {
    /** JSON pointer to the place, empty for the whole. */
    path: string;
    /** Stable and machine-readable, e.g. `too-long`. */
    code: string;
    /** For the person who filled the form in. */
    message: string;
  }
  export interface Detail {
    /** Stable and machine-readable. */
    code: string;
    message: string;
    /** Whether the same call may succeed later. */
    retryable: boolean;
    retryAfter: Duration | null;
  }
  /** Why a host function refused. A refusal is a value, never a trap, and has had no effect. */
  export type HostError =
    /** Not granted by the shop, or outside what was granted. */
    | { tag: "denied", val: string }
    /** There is nothing with that id, in this shop. */
    | { tag: "not-found" }
    /** Somebody changed the order meanwhile: its current revision. */
    | { tag: "conflict", val: number }
    | { tag: "invalid", val: Issue[] }
    /** Name of the exhausted limit. */
    | { tag: "limit", val: string }
    /** The other side is down; how long to wait, where known. */
    | { tag: "unavailable", val: Duration | null }
    /** Everything else; a later condition comes here too. */
    | { tag: "other", val: Detail }
  ;
}

declare module "rulewright:types/clients@0.1.0" {
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Attr };
  export type ClientId = string;
  /** A phone number, mail address or the like, with what the shop calls it. */
  export interface ContactPoint {
    /** `mobile`, `work`, `home`, ...: what the shop entered. */
    kind: string;
    value: string;
  }
  /** A person or a company: personal data, so only `clients-read` hands it out. */
  export interface Client {
    id: ClientId;
    /** `contact` or `company`. */
    kind: string;
    name: string;
    phones: ContactPoint[];
    emails: ContactPoint[];
    /** BCP 47, e.g. `en-GB`. */
    locale: string | null;
    /** IANA zone, e.g. `Europe/London`. */
    timeZone: string | null;
    /** The shop's own fields, and `unsubscribed`: channels by which the client wants no marketing. */
    attrs: Attr[];
  }
}

declare module "rulewright:types/employees@0.1.0" {
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Attr };
  export type EmployeeId = string;
  export interface Employee {
    id: EmployeeId;
    name: string;
    phone: string | null;
    email: string | null;
    position: string | null;
    head: EmployeeId | null;
    /** On holiday or ill, as of the step. */
    absent: boolean;
    /** The working day has begun and is not paused, as of the step. */
    working: boolean;
    /** `work-phone`. */
    attrs: Attr[];
  }
}

declare module "rulewright:types/orders@0.1.0" {
  import type { ClientId } from "rulewright:types/clients@0.1.0";
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { Instant } from "rulewright:types/time@0.1.0";
  import type { Attr, Money } from "rulewright:types/values@0.1.0";
  export type { Instant };
  export type { Money };
  export type { Attr };
  export type { ClientId };
  export type { EmployeeId };
  export type OrderId = string;
  export type PipelineId = string;
  export type StageId = string;
  export type LineId = string;
  export type PaymentId = string;
  export type ShipmentId = string;
  export interface OrderLine {
    id: LineId;
    sku: string | null;
    title: string;
    /** Thousandths, so 1.5 kg is 1500. Negative for returned goods. */
    quantityMilli: number;
    unitPrice: Money;
    total: Money;
    attrs: Attr[];
  }
  export interface Payment {
    id: PaymentId;
    amount: Money;
    paid: boolean;
    paidAt: Instant | null;
    /** Name of the payment system, e.g. `card`. */
    system: string | null;
    attrs: Attr[];
  }
  export interface Shipment {
    id: ShipmentId;
    /** Approved for delivery. */
    allowed: boolean;
    shipped: boolean;
    /** What the delivery service reports, free text. */
    status: string | null;
    trackingNumber: string | null;
    service: string | null;
    /** `comment`, `date`, `responsible`. */
    attrs: Attr[];
  }
  /**
   * An order as of the start of the step. Passed by value, so no permission guards it:
   * it holds ids of people and nothing else about them.
   */
  export interface OrderSnapshot {
    id: OrderId;
    /** Grows by one with each change of the order. */
    revision: number;
    /** `order` (store) or `deal` (CRM). */
    kind: string;
    /** What people call it, e.g. `536365`. */
    number: string;
    title: string;
    pipeline: PipelineId;
    stage: StageId;
    created: Instant;
    updated: Instant;
    total: Money;
    /** Sum of the paid payments. */
    paid: Money;
    canceled: boolean;
    responsible: EmployeeId | null;
    company: ClientId | null;
    /** The primary contact first. */
    contacts: ClientId[];
    lines: OrderLine[];
    payments: Payment[];
    shipments: Shipment[];
    tags: string[];
    /** The shop's own fields. */
    fields: Attr[];
    attrs: Attr[];
  }
}

declare module "rulewright:types/events@0.1.0" {
  import type { ClientId } from "rulewright:types/clients@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  import type { Instant } from "rulewright:types/time@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Instant };
  export type { Attr };
  export type { OrderId };
  export type { ClientId };
  /** Something that happened. */
  export interface Event {
    /** Unique within the shop. */
    id: string;
    /** Dotted kind, e.g. `order.stage-changed`, `payment.received`, `call.incoming`, `form.submitted`. */
    kind: string;
    at: Instant;
    order: OrderId | null;
    client: ClientId | null;
    /** Correlation key, e.g. of the message that this is a reply to. */
    correlation: string | null;
    /** What the kind says about itself, e.g. `line` of a call or `form` of a submission. */
    attrs: Attr[];
    /** JSON text: the whole payload, with `before` and `after` of a change. */
    payload: string | null;
  }
  /** What a waiting run wakes up for. All given parts must match. */
  export interface EventFilter {
    /** Any of these; must not be empty. */
    kinds: string[];
    order: OrderId | null;
    /** Any of these. Empty means anybody: a rule about the order's own client must not leave it empty. */
    clients: ClientId[];
    /** Correlation key chosen by the rule, e.g. a message's. */
    correlation: string | null;
    /** Each must equal the event's attr of that key. */
    attrs: Attr[];
  }
}

declare module "rulewright:host/log@0.1.0" {
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Attr };
  export type Level = "debug" | "info" | "warn" | "error";
  export function write(level: Level, message: string, fields: Attr[]): void;
}

declare module "rulewright:host/step@0.1.0" {
  import type { Duration, Instant } from "rulewright:types/time@0.1.0";
  export type { Instant };
  export type { Duration };
  export function now(): Instant;
  /** When that day, e.g. `2026-01-31`, begins where the shop is. None for what is not a day. */
  export function midnight(day: string): Instant | null;
  /**
   * So many working days after a moment, and so much working time after that, as the shop works. None where it does
   * not work so long within ten years.
   */
  export function workingTime(after: Instant, days: number, time: Duration): Instant | null;
  /** The next number of a sequence that is seeded by the run and the step. */
  export function random(): number;
  /** Stable however often the step is repeated; unique per run, step and label. */
  export function idempotencyKey(label: string): string;
}

declare module "rulewright:host/orders-read@0.1.0" {
  import type { ClientId } from "rulewright:types/clients@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId, OrderSnapshot } from "rulewright:types/orders@0.1.0";
  export type { OrderId };
  export type { OrderSnapshot };
  export type { ClientId };
  export type { HostError };
  /** @throws {HostError} */
  export function get(id: OrderId): OrderSnapshot;
  /**
   * Newest first, at most `limit` (1 to 100).
   * @throws {HostError}
   */
  export function listOfClient(id: ClientId, limit: number): OrderId[];
}

declare module "rulewright:host/orders-write@0.1.0" {
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { LineId, OrderId, StageId } from "rulewright:types/orders@0.1.0";
  import type { Attr, Money } from "rulewright:types/values@0.1.0";
  export type { OrderId };
  export type { StageId };
  export type { LineId };
  export type { EmployeeId };
  export type { Attr };
  export type { Money };
  export type { HostError };
  /**
   * To a stage of the order's own pipeline; the stage's rules start. `other` with code `no-such-stage`: the
   * run's own order has no such stage.
   * @throws {HostError}
   */
  export function moveStage(id: OrderId, stage: StageId): void;
  /**
   * `title`, `comments`, and the shop's own fields. `value.none` empties a field.
   * @throws {HostError}
   */
  export function setFields(id: OrderId, fields: Attr[]): void;
  /**
   * Appends to fields that hold several values.
   * @throws {HostError}
   */
  export function appendFields(id: OrderId, fields: Attr[]): void;
  /** @throws {HostError} */
  export function addTags(id: OrderId, tags: string[]): void;
  /** @throws {HostError} */
  export function setResponsible(id: OrderId, to: EmployeeId): void;
  /**
   * Sets the canceled mark. Moves no money.
   * @throws {HostError}
   */
  export function cancel(id: OrderId, reason: string | null): void;
  /**
   * Deletes the order and what belongs to it; refused when any money has been paid.
   * @throws {HostError}
   */
  function delete_(id: OrderId): void;
  export { delete_ as delete };
}

declare module "rulewright:host/payments-write@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  export type { OrderId };
  export type { HostError };
  /**
   * Marks every open payment as paid, and creates one for what no payment covers.
   * @throws {HostError}
   */
  export function markPaid(id: OrderId): void;
}

declare module "rulewright:host/shipments-write@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId, ShipmentId } from "rulewright:types/orders@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { OrderId };
  export type { ShipmentId };
  export type { Attr };
  export type { HostError };
  /**
   * Approves every shipment of the order; how many were not approved before.
   * @throws {HostError}
   */
  export function allowDelivery(id: OrderId): number;
  /**
   * Marks every shipment as shipped; how many were not before.
   * @throws {HostError}
   */
  export function markShipped(id: OrderId): number;
  /**
   * `status`, `tracking-number`, `service`, `comment`, `date` (a day such as 2026-12-01, or a moment), `responsible`
   * (an employee's id). No shipment means every one of the order.
   * @throws {HostError}
   */
  export function edit(id: OrderId, shipment: ShipmentId | null, fields: Attr[]): number;
}

declare module "rulewright:host/clients-read@0.1.0" {
  import type { Client, ClientId } from "rulewright:types/clients@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { ClientId };
  export type { Client };
  export type { HostError };
  /** @throws {HostError} */
  export function get(id: ClientId): Client;
}

declare module "rulewright:host/clients-write@0.1.0" {
  import type { ClientId } from "rulewright:types/clients@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { ClientId };
  export type { Attr };
  export type { HostError };
  /** @throws {HostError} */
  export function setFields(id: ClientId, fields: Attr[]): void;
}

declare module "rulewright:host/employees-read@0.1.0" {
  import type { Employee, EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { EmployeeId };
  export type { Employee };
  export type { HostError };
  /** @throws {HostError} */
  export function get(id: EmployeeId): Employee;
  /**
   * Everybody who is not dismissed, by id.
   * @throws {HostError}
   */
  export function all(): Employee[];
}

declare module "rulewright:host/timeline@0.1.0" {
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  export type { OrderId };
  export type { EmployeeId };
  export type { HostError };
  /**
   * In the rule's own name where there is no author.
   * @throws {HostError}
   */
  export function addComment(order: OrderId, text: string, author: EmployeeId | null): void;
  /**
   * With documents of the order attached: each an id, or the name of a template, which means the latest one made from
   * it. What there is not of them, the commit refuses.
   * @throws {HostError}
   */
  export function addCommentWithDocuments(order: OrderId, text: string, author: EmployeeId | null, documents: string[]): void;
}

declare module "rulewright:host/history@0.1.0" {
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  export type { OrderId };
  export type { EmployeeId };
  export type { HostError };
  /**
   * In the rule's own name where there is no author.
   * @throws {HostError}
   */
  export function write(order: OrderId, text: string, author: EmployeeId | null): void;
}

declare module "rulewright:host/feed@0.1.0" {
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { EmployeeId };
  export type { HostError };
  export interface Post {
    title: string | null;
    text: string;
    author: EmployeeId | null;
    /** Empty means everybody. */
    readers: EmployeeId[];
  }
  /** @throws {HostError} */
  export function publish(p: Post): void;
}

declare module "rulewright:host/notifications@0.1.0" {
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  export type { OrderId };
  export type { EmployeeId };
  export type { HostError };
  export interface Notification {
    text: string;
    /** None means the system. */
    sender: EmployeeId | null;
    recipients: EmployeeId[];
    about: OrderId | null;
  }
  /** @throws {HostError} */
  export function send(n: Notification): void;
}

declare module "rulewright:host/activities@0.1.0" {
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  import type { Instant } from "rulewright:types/time@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Instant };
  export type { OrderId };
  export type { EmployeeId };
  export type { Attr };
  export type { HostError };
  export interface Activity {
    order: OrderId;
    /** `todo`, `call`, `meeting`, `wait`, ... */
    kind: string;
    subject: string;
    description: string;
    starts: Instant | null;
    deadline: Instant | null;
    /** None means the order's responsible. */
    responsible: EmployeeId | null;
    completed: boolean;
    /** `place`, `important`, `remind-before`, ... */
    attrs: Attr[];
  }
  /**
   * Returns the label under which the run's output will hold the new id.
   * @throws {HostError}
   */
  export function add(a: Activity): string;
}

declare module "rulewright:host/tasks@0.1.0" {
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  import type { Instant } from "rulewright:types/time@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Instant };
  export type { OrderId };
  export type { EmployeeId };
  export type { Attr };
  export type { HostError };
  export interface Task {
    title: string;
    description: string;
    /** None means the order's responsible. */
    responsible: EmployeeId | null;
    participants: EmployeeId[];
    observers: EmployeeId[];
    deadline: Instant | null;
    checklist: string[];
    order: OrderId | null;
    /** `allow-change-deadline`, `complete-when-leaving-stage`, `group`, ... */
    attrs: Attr[];
  }
  /**
   * Returns the label under which the run's output will hold the new id.
   * @throws {HostError}
   */
  export function create(t: Task): string;
}

declare module "rulewright:host/lists-read@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Attr };
  export type { HostError };
  export interface Item {
    id: string;
    listName: string;
    fields: Attr[];
  }
  /** @throws {HostError} */
  export function get(listName: string, id: string): Item;
  /**
   * Every given field must be equal. In order of id, at most `limit` (1 to 100).
   * @throws {HostError}
   */
  export function find(listName: string, fields: Attr[], limit: number): Item[];
}

declare module "rulewright:host/lists-write@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Attr };
  export type { HostError };
  /**
   * Returns the label under which the run's output will hold the new id.
   * @throws {HostError}
   */
  export function create(listName: string, fields: Attr[]): string;
  /** @throws {HostError} */
  export function update(listName: string, id: string, fields: Attr[]): void;
}

declare module "rulewright:host/messages@0.1.0" {
  import type { ClientId } from "rulewright:types/clients@0.1.0";
  import type { EmployeeId } from "rulewright:types/employees@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { OrderId };
  export type { ClientId };
  export type { EmployeeId };
  export type { Attr };
  export type { HostError };
  /** `sms`, `email`, `call`, `chat`, ... Text and not an enum: an enum could never gain a case. */
  export type Channel = string;
  export type Recipient =
    /**
     * The client of this order: the primary contact, then the company; of a call also the other contacts
     * between them. The host resolves the address, so no `clients-read` is needed.
     */
    | { tag: "client-of", val: OrderId }
    | { tag: "client", val: ClientId }
    | { tag: "employee", val: EmployeeId }
    | { tag: "address", val: string }
  ;
  export interface Message {
    channel: Channel;
    to: Recipient;
    /** `mobile`, `work`, ...; none lets the host select the first. There is no fallback from a given kind. */
    addressKind: string | null;
    about: OrderId | null;
    /** Mailbox, origination number or provider; none means the shop's own choice. */
    sender: string | null;
    subject: string | null;
    /** Plain text, or what is to be said: whoever carries it writes it into the markup of its own that it needs. */
    text: string;
    /** What the channel knows besides: `voice`, `language`, `speed`, `volume`, `audio-url`, `hidden`, ... */
    params: Attr[];
    /** Delivery and reply events carry this. */
    correlation: string | null;
  }
  /**
   * `other` with code `no-address` or `invalid-address`: there is nowhere to send it; skip, do not retry.
   * @throws {HostError}
   */
  export function queue(m: Message): string;
}

declare module "rulewright:host/segments@0.1.0" {
  import type { Message } from "rulewright:host/messages@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { Message };
  export type { HostError };
  /**
   * The message's recipient is ignored. Returns the label of the mailing.
   * @throws {HostError}
   */
  export function queue(segment: string, m: Message): string;
}

declare module "rulewright:host/documents@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { OrderId };
  export type { Attr };
  export type { HostError };
  export interface FromTemplate {
    order: OrderId;
    /** Name of one of the shop's templates. */
    template: string;
    /** None means the template's own. The number is taken in the transaction that stores the document. */
    numerator: string | null;
    /** None means the template's own, with the number. */
    title: string | null;
    /** Name of one of the shop's requisites, as whom it writes; none means the first. */
    requisites: string | null;
    /** Whether their bank details may be inserted. */
    bankDetails: boolean;
    publicLink: boolean;
    /** Further values for the template. */
    values: Attr[];
  }
  export interface Prepared {
    /** `text`: the host fills it, by `create`. Otherwise what `source` is, for the plugin to fill: `docx`, `typst`, ... */
    kind: string;
    /** Empty where the kind is `text`, as is all that follows. */
    source: Uint8Array;
    /** The number that the document will have. Where somebody else takes it before the commit, the step runs again. */
    number: string;
    title: string;
    /**
     * JSON text. Of `docx`, what stands for each placeholder, ready to be inserted, and nothing else:
     * `{"inserted": {"order.total | money": "12.50 GBP"}, "rows": {"line": [{"line.title": "Clock"}]}, "missing": []}`.
     * Of other kinds everything that a template may use:
     * `{"document": {..}, "order": {.., "lines": [..]}, "client": {..}, "responsible": {..}, "shop": {..},
     * "requisites": {..}, "values": {..}}`.
     */
    values: string;
  }
  /**
   * Filled, numbered and stored at commit; of a template of the kind `text` only. Returns the label under which the
   * run's output will hold `id`, `title`, `number` and `link`.
   * @throws {HostError}
   */
  export function create(d: FromTemplate): string;
  /**
   * The template and what it inserts. `other` with code `no-such-template`, `no-such-numerator` or
   * `no-such-requisites`: the shop has none of that name.
   * @throws {HostError}
   */
  export function prepare(d: FromTemplate): Prepared;
  /**
   * Stores what the plugin has made of a prepared template, under the prepared number. Returns a label like `create`.
   * @throws {HostError}
   */
  export function createFilled(d: FromTemplate, number: string, mediaType: string, bytes: Uint8Array): string;
  /**
   * Stores a document that the plugin has made itself, without template and number.
   * @throws {HostError}
   */
  export function put(order: OrderId, title: string, mediaType: string, bytes: Uint8Array): string;
}

declare module "rulewright:host/workflows@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { OrderId };
  export type { Attr };
  export type { HostError };
  /** @throws {HostError} */
  export function start(workflow: string, order: OrderId, parameters: Attr[]): string;
}

declare module "rulewright:host/events-emit@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  import type { OrderId } from "rulewright:types/orders@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { OrderId };
  export type { Attr };
  export type { HostError };
  /**
   * The kind gets the prefix `plugin.`.
   * @throws {HostError}
   */
  export function emit(kind: string, order: OrderId | null, correlation: string | null, attrs: Attr[]): void;
}

declare module "rulewright:host/storage@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { HostError };
  /** @throws {HostError} */
  export function get(key: string): Uint8Array | null;
  /** @throws {HostError} */
  export function set(key: string, value: Uint8Array): void;
  /** @throws {HostError} */
  function delete_(key: string): void;
  export { delete_ as delete };
}

declare module "rulewright:host/secrets@0.1.0" {
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { HostError };
  export class Secret {
    private constructor();
    name(): string;
  }
  /** @throws {HostError} */
  export function open(name: string): Secret;
}

declare module "rulewright:host/signatures@0.1.0" {
  import type { Secret } from "rulewright:host/secrets@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { Secret };
  export type { HostError };
  export type Hash = "sha1" | "sha256" | "sha512";
  /**
   * HMAC of the data, with the secret as its key.
   * @throws {HostError}
   */
  export function sign(s: Secret, by: Hash, data: Uint8Array): Uint8Array;
  /**
   * Whether the secret is this text, e.g. one that came in a header.
   * @throws {HostError}
   */
  export function matches(s: Secret, text: string): boolean;
}

declare module "rulewright:host/secrets-reveal@0.1.0" {
  import type { Secret } from "rulewright:host/secrets@0.1.0";
  import type { HostError } from "rulewright:types/errors@0.1.0";
  export type { Secret };
  export type { HostError };
  /** @throws {HostError} */
  export function reveal(s: Secret): Uint8Array;
}

declare module "rulewright:host/http@0.1.0" {
  import type { Secret } from "rulewright:host/secrets@0.1.0";
  import type { Detail } from "rulewright:types/errors@0.1.0";
  import type { Duration } from "rulewright:types/time@0.1.0";
  export type { Duration };
  export type { Detail };
  export type { Secret };
  export interface SecretValue {
    prefix: string;
    secret: Secret;
    suffix: string;
  }
  /** `Basic` and the Base64 of `user:password`. */
  export interface BasicValue {
    user: string;
    password: Secret;
  }
  export type HeaderValue =
    | { tag: "text", val: string }
    /** Put together outside the guest. */
    | { tag: "secret", val: SecretValue }
    /** The same. */
    | { tag: "basic", val: BasicValue }
  ;
  export interface Header {
    name: string;
    value: HeaderValue;
  }
  export interface Request {
    method: string;
    /** `https`, or `http` where the operator allows it. Redirects are not followed. */
    url: string;
    /** Put in place of `{secret}` in the path of the URL, outside the guest: some servers want it there. */
    urlSecret: Secret | null;
    headers: Header[];
    body: Uint8Array | null;
    /** Whatever is asked for, less than is left of the step: a time-out is an answer that the guest can handle. */
    timeout: Duration | null;
    /** Unique within the step; what the answer is journaled under. */
    key: string;
  }
  export interface Response {
    status: number;
    headers: [string, string][];
    body: Uint8Array;
    /** The body was cut at the granted size. */
    truncated: boolean;
    /** Came from the journal. */
    replayed: boolean;
  }
  export type HttpError =
    | { tag: "denied", val: string }
    | { tag: "timeout" }
    | { tag: "connect", val: string }
    | { tag: "limit", val: string }
    | { tag: "other", val: Detail }
  ;
  /** @throws {HttpError} */
  export function send(r: Request): Response;
}

declare module "rulewright:plugin/runs@0.1.0" {
  import type { Event, EventFilter } from "rulewright:types/events@0.1.0";
  import type { OrderSnapshot } from "rulewright:types/orders@0.1.0";
  import type { Duration, Instant } from "rulewright:types/time@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Instant };
  export type { Duration };
  export type { Attr };
  export type { OrderSnapshot };
  export type { Event };
  export type { EventFilter };
  export interface RunContext {
    run: string;
    shop: string;
    /** Name of the rule as staff see it. */
    ruleName: string;
    /** 0 for the first step of the run. */
    step: number;
    /** 0 for the first try of this step. */
    attempt: number;
    /** As of the start of this step. */
    order: OrderSnapshot;
    /** JSON text, valid against the manifest's schema; text fields are rendered. */
    settings: string;
    /** JSON text: the output of the rule before this one, where the rule runs after it. */
    previous: string | null;
    /** BCP 47. */
    locale: string;
    /** Growth path of this record. `rule`: the id of the rule, which stays when it is renamed. */
    attrs: Attr[];
  }
  /** Opaque to the host, and bounded by a limit. */
  export interface SavedState {
    version: number;
    bytes: Uint8Array;
  }
  /** Why the step runs. A step that is tried again keeps its cause: `attempt` says how often it was tried. */
  export type Cause =
    | { tag: "started", val: Event }
    /** The `at` of a wait-until has come. */
    | { tag: "timer" }
    /** An event that the wait-for asked for. */
    | { tag: "event", val: Event }
    /** The `until` of a wait-for passed without such an event. */
    | { tag: "timed-out" }
  ;
  export interface WaitUntil {
    at: Instant;
    state: SavedState;
  }
  export interface WaitFor {
    filter: EventFilter;
    until: Instant | null;
    state: SavedState;
  }
  export interface Retry {
    /** None lets the host choose. */
    after: Duration | null;
    reason: string;
  }
  export interface Done {
    /** One line for the run's history. */
    summary: string | null;
    /** JSON text of an object, readable by the rules after this one. */
    output: string | null;
  }
  /** Every case commits the step's staged effects, except `retry`, which drops them. */
  export type Outcome =
    | { tag: "done", val: Done }
    /** The rule does not apply, and why. The rules after this one go on. */
    | { tag: "skipped", val: string }
    | { tag: "wait-until", val: WaitUntil }
    | { tag: "wait-for", val: WaitFor }
    | { tag: "retry", val: Retry }
  ;
  /** The step failed and its staged effects are dropped. */
  export type Failure =
    /** Trying again cannot help. */
    | { tag: "permanent", val: string }
    /** The settings are wrong; somebody must mend them. */
    | { tag: "config", val: string }
    /** Trying again may help; the host does so a few times. */
    | { tag: "transient", val: string }
  ;
}

declare module "rulewright:plugin/rule@0.1.0" {
  import type { Cause, Failure, Outcome, RunContext, SavedState } from "rulewright:plugin/runs@0.1.0";
  import type { Issue } from "rulewright:types/errors@0.1.0";
  export type { RunContext };
  export type { Cause };
  export type { SavedState };
  export type { Outcome };
  export type { Failure };
  export type { Issue };
  /**
   * What the JSON schema cannot say. Called with nothing granted but `log` and `step`, on settings as
   * written (templates not rendered).
   */
  export function validate(settings: string): Issue[];
  /**
   * One step. Waiting is an outcome, not a sleep.
   * @throws {Failure}
   */
  export function step(ctx: RunContext, cause: Cause, state: SavedState | null): Outcome;
  /**
   * State written by an older version of the plugin, before `step` sees it.
   * @throws {string}
   */
  export function upgrade(state: SavedState): SavedState;
}

declare module "rulewright:plugin/trigger@0.1.0" {
  import type { Failure } from "rulewright:plugin/runs@0.1.0";
  import type { Issue } from "rulewright:types/errors@0.1.0";
  import type { Event } from "rulewright:types/events@0.1.0";
  import type { OrderSnapshot } from "rulewright:types/orders@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Event };
  export type { OrderSnapshot };
  export type { Issue };
  export type { Attr };
  export type { Failure };
  export interface TriggerContext {
    shop: string;
    /** Name of the trigger as staff see it. */
    triggerName: string;
    /** JSON text, valid against the manifest's schema. */
    settings: string;
    /** The order that would be moved, as of now. */
    order: OrderSnapshot;
    attrs: Attr[];
  }
  export type Verdict =
    /** Move the order; why, for the trace. */
    | { tag: "fires", val: string }
    /** This event is not meant; why, for the trace. */
    | { tag: "ignores", val: string }
  ;
  export function validate(settings: string): Issue[];
  /**
   * Whether this event, of a kind that the manifest subscribes to, moves the order.
   * @throws {Failure}
   */
  export function examine(ctx: TriggerContext, event: Event): Verdict;
}

declare module "rulewright:plugin/provider@0.1.0" {
  import type { Failure } from "rulewright:plugin/runs@0.1.0";
  import type { Issue } from "rulewright:types/errors@0.1.0";
  import type { Attr } from "rulewright:types/values@0.1.0";
  export type { Attr };
  export type { Issue };
  export type { Failure };
  /** What the shop has connected: an account with a gateway, a bot. */
  export interface Connection {
    /** As the shop calls it. */
    id: string;
    shop: string;
    /** JSON text, valid against the manifest's schema. */
    settings: string;
    /** The shop's numbers there. */
    lines: string[];
    /** Where the gateway can report to. None where the host does not know under which address it is reached. */
    inbound: string | null;
    attrs: Attr[];
  }
  export interface Outgoing {
    /** What `incoming` names the message by. */
    id: string;
    /** The same on every attempt, and different for every message: a gateway that knows such keys sends once. */
    key: string;
    /** One of those that the manifest names. */
    channel: string;
    /** A phone number, or the messenger's own id of a person. */
    to: string;
    /** Which of the connection's lines it comes from. None: it has none. */
    line: string | null;
    subject: string | null;
    text: string;
    params: Attr[];
    /** 1 for the first. */
    attempt: number;
    attrs: Attr[];
  }
  export type Delivery =
    /** The gateway has taken it: its own id of the message. */
    | { tag: "sent", val: string }
    /** Trying again cannot help; why. */
    | { tag: "rejected", val: string }
    /** Trying again may help; why. */
    | { tag: "unavailable", val: string }
  ;
  /** A call of the connection's inbound address. */
  export interface Request {
    method: string;
    /** Whole, as the gateway called it. */
    url: string;
    /** Names in lower case. */
    headers: [string, string][];
    body: Uint8Array;
  }
  /** Something that the gateway tells of. */
  export interface Incoming {
    /** The gateway's own id of it: told again, it is the same. */
    id: string;
    /**
     * `message.delivered`, `message.undelivered`, `message.received`, `call.incoming`, `call.missed` or
     * `call.finished`.
     */
    kind: string;
    /** The message of ours that it is about. */
    message: string | null;
    /** Who wrote or called: a phone number, or the messenger's own id of a person. */
    peer: string | null;
    /** On which of the shop's lines. */
    line: string | null;
    text: string | null;
    /** `reason`, `answered`, `result`, `seconds`; `phone` of a peer that is no phone number. */
    attrs: Attr[];
  }
  /** What the gateway is told, e.g. what to do with a call. */
  export interface Answer {
    status: number;
    contentType: string;
    body: Uint8Array;
  }
  export interface Taken {
    incoming: Incoming[];
    answer: Answer;
  }
  export type Reception =
    | { tag: "taken", val: Taken }
    /** It did not come from the gateway; why. */
    | { tag: "refused", val: string }
  ;
  /** What the JSON schema cannot say. Called with nothing granted but `log` and `step`. */
  export function validate(settings: string): Issue[];
  /**
   * Called at least once for each message. `transient` is another way to say `unavailable`.
   * @throws {Failure}
   */
  export function deliver(by: Connection, message: Outgoing): Delivery;
  /**
   * Nothing that comes in exists before this has found out whether it comes from the gateway.
   * @throws {Failure}
   */
  export function receive(by: Connection, call: Request): Reception;
}
