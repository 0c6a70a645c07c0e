#include <rulewright.h>

void exports_rulewright_plugin_provider_validate(rw_text *settings, exports_rulewright_plugin_provider_list_issue_t *ret) {
  (void)settings;
  *ret = (exports_rulewright_plugin_provider_list_issue_t){ 0 };
}

bool exports_rulewright_plugin_provider_deliver(exports_rulewright_plugin_provider_connection_t *by,
                                                exports_rulewright_plugin_provider_outgoing_t *message,
                                                exports_rulewright_plugin_provider_delivery_t *ret, rw_failure *err) {
  (void)by;
  rw_text name = rw("token");
  rulewright_host_secrets_own_secret_t token;
  rw_refusal refusal;
  if (!rulewright_host_secrets_open(&name, &token, &refusal)) return rw_refused(err, &refusal);
  rulewright_host_http_header_t header = {
    .name = rw("authorization"),
    .value = { .tag = RULEWRIGHT_HOST_HTTP_HEADER_VALUE_SECRET,
               .val.secret = { .prefix = rw("Bearer "), .secret = rulewright_host_secrets_borrow_secret(token) } },
  };
  rulewright_host_http_request_t request = {
    .method = rw("POST"), .url = rw("https://a.b/"), .key = message->key, .headers = { .ptr = &header, .len = 1 },
  };
  rulewright_host_http_response_t answer;
  rulewright_host_http_http_error_t error;
  if (!rulewright_host_http_send(&request, &answer, &error)) return rw_retry_later(err, rw("no-answer: try again"));
  ret->tag = EXPORTS_RULEWRIGHT_PLUGIN_PROVIDER_DELIVERY_SENT;
  ret->val.sent = rw_number(answer.status);
  return true;
}

bool exports_rulewright_plugin_provider_receive(exports_rulewright_plugin_provider_connection_t *by,
                                                exports_rulewright_plugin_provider_request_t *call,
                                                exports_rulewright_plugin_provider_reception_t *ret, rw_failure *err) {
  (void)by, (void)call, (void)err;
  ret->tag = EXPORTS_RULEWRIGHT_PLUGIN_PROVIDER_RECEPTION_REFUSED;
  ret->val.refused = rw("nobody calls");
  return true;
}
