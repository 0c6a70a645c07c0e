import { attrText, defineTrigger, fires, ignores } from "rulewright";

export const trigger = defineTrigger<{ line?: string }>({
  examine(by, event) {
    const meant = attrText(event.attrs, "line") === (by.settings.line ?? "");
    return meant ? fires(`a call about ${by.order.number}`) : ignores("another line");
  },
});
