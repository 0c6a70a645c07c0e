import rulewright
from wit_world.exports import trigger


class Trigger(rulewright.Trigger):
    def on_examine(self, ctx, settings, event):
        return trigger.Verdict_Fires(f"a call about {ctx.order.number}")
