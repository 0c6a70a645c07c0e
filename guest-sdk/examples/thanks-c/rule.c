// Thanks the client, waits two days, and asks for a review.

#include <rulewright.h>

typedef exports_rulewright_plugin_rule_run_context_t context;

static const char *channel(rw_text settings) {
  rw_text channel;
  return rw_json_text(settings, "channel", &channel) && rw_is(channel, "email") ? "email" : "sms";
}

static rw_text text(rw_text settings, const char *name) {
  rw_text text;
  return rw_json_text(settings, name, &text) ? text : rw("");
}

static void comment(rulewright_types_orders_order_snapshot_t *order, rw_text text, rw_refusal *refusal, bool *written) {
  *written = rulewright_host_timeline_add_comment(&order->id, &text, NULL, refusal);
}

// False where the step has ended: skipped, or failed.
static bool send(context *ctx, const char *label, const char *field, rw_outcome *ret, rw_failure *err, bool *ok) {
  const char *by = channel(ctx->settings);
  rw_text line = rw_join(4, rw("sending the "), rw(label), rw(" by "), rw(by));
  rulewright_host_log_list_attr_t none = { 0 };
  rulewright_host_log_write(RULEWRIGHT_HOST_LOG_LEVEL_INFO, &line, &none);

  rw_text name = rw(label), key, subject = text(ctx->settings, "subject");
  rulewright_host_step_idempotency_key(&name, &key);
  rulewright_host_messages_message_t message = {
    .channel = rw(by),
    .to = { .tag = RULEWRIGHT_HOST_MESSAGES_RECIPIENT_CLIENT_OF, .val.client_of = ctx->order.id },
    .about = { .is_some = true, .val = ctx->order.id },
    .subject = { .is_some = rw_is(rw(by), "email") && !rw_is_blank(subject), .val = subject },
    .text = text(ctx->settings, field),
    .correlation = { .is_some = true, .val = key },
  };
  rw_text queued, reason;
  rw_refusal refusal;
  if (rulewright_host_messages_queue(&message, &queued, &refusal)) return true;
  *ok = rw_nowhere(&refusal, by, NULL, &reason) ? rw_skipped(ret, reason) : rw_refused(err, &refusal);
  return false;
}

static bool thank(context *ctx, rw_outcome *ret, rw_failure *err) {
  bool ok, written;
  rw_refusal refusal;
  if (!send(ctx, "thanks", "thanks", ret, err, &ok)) return ok;
  rw_text said = rw_join(2, rw("Thanked the client by "), rw(channel(ctx->settings)));
  comment(&ctx->order, said, &refusal, &written);
  if (!written) return rw_refused(err, &refusal);

  int64_t days = 2, now = rulewright_host_step_now();
  rw_json_integer(ctx->settings, "days", &days);
  rw_text state = rw_join(3, rw("{\"thanked\":"), rw_number(now), rw("}"));
  return rw_wait_until(ret, now + days * RW_DAY, 1, state);
}

static bool ask(context *ctx, rw_state *saved, rw_outcome *ret, rw_failure *err) {
  bool ok, written;
  rw_refusal refusal;
  if (ctx->order.canceled) return rw_skipped(ret, rw("canceled: the order was canceled meanwhile"));
  if (!send(ctx, "question", "question", ret, err, &ok)) return ok;
  comment(&ctx->order, rw("Asked the client for a review"), &refusal, &written);
  if (!written) return rw_refused(err, &refusal);

  int64_t thanked;
  rw_text state = { .ptr = saved->bytes.ptr, .len = saved->bytes.len };
  if (!rw_json_integer(state, "thanked", &thanked)) return rw_give_up(err, rw("bad-state: it does not say when"));
  int64_t days = (rulewright_host_step_now() - thanked) / RW_DAY;
  rw_text summary = rw_join(3, rw("Asked for a review "), rw_number(days), rw(" days after the thanks"));
  rw_text output = rw_join(3, rw("{\"asked\":"), rw_json_quoted(rw(channel(ctx->settings))), rw("}"));
  return rw_done(ret, summary, &output);
}

bool exports_rulewright_plugin_rule_step(context *ctx, exports_rulewright_plugin_rule_cause_t *cause,
                                         exports_rulewright_plugin_rule_saved_state_t *state, rw_outcome *ret,
                                         rw_failure *err) {
  (void)cause;
  return state == NULL ? thank(ctx, ret, err) : ask(ctx, state, ret, err);
}

void exports_rulewright_plugin_rule_validate(rw_text *settings, exports_rulewright_plugin_rule_list_issue_t *ret) {
  static const char *const FIELDS[] = { "thanks", "question" };
  ret->ptr = calloc(2, sizeof *ret->ptr);
  ret->len = 0;
  for (size_t at = 0; at < 2; at++) {
    if (!rw_is_blank(text(*settings, FIELDS[at]))) continue;
    ret->ptr[ret->len++] = (exports_rulewright_plugin_rule_issue_t){
      .path = rw_join(2, rw("/"), rw(FIELDS[at])),
      .code = rw("empty-text"),
      .message = rw("There is nothing to send."),
    };
  }
}

bool exports_rulewright_plugin_rule_upgrade(rw_state *state, rw_state *ret, rw_text *err) {
  (void)err;
  *ret = *state;
  return true;
}
