#include <rulewright.h>

void exports_rulewright_plugin_trigger_validate(rw_text *settings, exports_rulewright_plugin_trigger_list_issue_t *ret) {
  (void)settings;
  *ret = (exports_rulewright_plugin_trigger_list_issue_t){ 0 };
}

bool exports_rulewright_plugin_trigger_examine(exports_rulewright_plugin_trigger_trigger_context_t *ctx,
                                               exports_rulewright_plugin_trigger_event_t *event,
                                               exports_rulewright_plugin_trigger_verdict_t *ret, rw_failure *err) {
  (void)ctx, (void)err;
  rulewright_host_log_list_attr_t none = { 0 };
  rulewright_host_log_write(RULEWRIGHT_HOST_LOG_LEVEL_INFO, &event->kind, &none);
  ret->tag = EXPORTS_RULEWRIGHT_PLUGIN_TRIGGER_VERDICT_FIRES;
  ret->val.fires = rw("it was paid");
  return true;
}
