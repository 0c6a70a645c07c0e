# Why a run of a rule failed, or a trigger did not answer.

-area = Runs of rules
    .kept = Nothing that this step asked for was done. What earlier steps of the run did stays.

application-rule-off = The application of the rule is switched off
    .what = The rule is carried out by an application, and its address has been switched off: it failed too often, or somebody did it.
    .next = Switch its webhook on again under Settings, then retry the run.

application-rule-removed = The application of the rule is gone
    .what = The rule is carried out by an application that was removed, or does not offer this rule any more.
    .next = Install the application again, or take the rule out of the automation.

bad-answer = The plugin answered something impossible
    .what = What the plugin gave back is no JSON, too long, or names something that is not there.
    .next = Tell its author, with the recording of the run.

config = The settings of the rule do not work
    .what = The plugin says that it cannot work with the settings of this rule, or a value in them could not be filled in.
    .next = The message names what is wrong. Correct the rule, publish it, and run it again.

damaged = A file is not what was written
    .what = A plugin's component, or a backup, has other bytes than it should have: the disk or whoever copied it has changed them.
    .next = Install the plugin again, or use another backup. `rulewright doctor` checks the data.

event-gone = The event of the run is not there any more
    .what = The run was started by an event that is not in the log any more.
    .next = Run the rule anew for the order.

gone = The order or the plugin is gone
    .what = While a dry run was going on, the order was deleted or the plugin removed.
    .kept = A dry run changes nothing.
    .next = Choose another order, or install the plugin.

no-mailbox = The shop has no mailbox to send from
    .what = A mail was to be sent, and no mailbox of the shop is chosen or can send.
    .next = Set one up under Settings, then retry the run.

no-such-plugin = The plugin is not installed
    .what = The rule or trigger needs a plugin that was removed from the shop.
    .next = Install it and retry the run, or take the rule out of the automation.

out-of-fuel = The plugin computed for too long
    .what = A step used all of the instructions that a step may use.
    .next = Tell its author, with the recording of the run. An operator can allow more.

out-of-memory = The plugin wanted too much memory
    .what = A step asked for more memory than a step may have.
    .next = Give it less at once, such as a smaller file, or tell its author. An operator can allow more.

out-of-time = The step took too long
    .what = A step was not done within its time: it computed for too long, something outside that it waited for did not answer, or the machine was too busy.
    .next = If the message names an address or a busy machine, try again later. Otherwise tell the plugin's author.

limit-country = The number is not in the shop's countries
    .what = The shop has named the countries that it calls and writes to, and the number begins with none of them, or without a country.
    .kept = Nobody was called or written to. The message stays among the deliveries.
    .next = Write the number with `+` and its country. If it is meant, add its beginning to the countries of the shop and send the message again.

limit-day = The shop sends no more today
    .what = As many calls or text messages went out in the last 24 hours as the shop lets go in a day.
    .kept = Nobody was called or written to. The message stays among the deliveries.
    .next = Look what sends so many. If they are meant, raise the bound of the shop and send the message again.

limit-hour = The shop sends no more in this hour
    .what = As many calls or text messages went out in the last hour as the shop lets go in one.
    .kept = Nobody was called or written to. The message stays among the deliveries.
    .next = Look what sends so many. If they are meant, send the message again later, or raise the bound of the shop.

limit-number = The number gets no more today
    .what = As many calls or text messages went to this number in the last 24 hours as the shop lets one number get.
    .kept = Nobody was called or written to. The message stays among the deliveries.
    .next = Look for a rule that runs again and again for this client. If they are meant, raise the bound of the shop and send the message again.

limit-premium = The number costs extra
    .what = Whoever calls or writes to this number pays whoever owns it. No shop does that by itself.
    .kept = Nobody was called or written to. The message stays among the deliveries.
    .next = Correct the number of the client. Find out where it came from: such numbers are entered to earn money.

limit-short = The number is nobody's own
    .what = The number is as short as those for emergencies and services. No shop calls them by itself.
    .kept = Nobody was called or written to. The message stays among the deliveries.
    .next = Correct the number of the client: write it with `+` and its country.

permanent = The plugin gave up
    .what = The plugin says that it cannot do this, and that trying again would not help.
    .next = The message is the plugin's own. Change what it names, then retry the run.

retry = The plugin asks to be tried again
    .what = The plugin could not do it now and asked for another try, and there have been as many as there may be.
    .next = The message says what it waited for. When that is there, retry the run.

rule-gone = The rule as it was is not there any more
    .what = The run began with a revision of the automation that is not kept any more.
    .next = Run the rule anew for the order.

stack-overflow = The plugin called itself too deep
    .what = Functions of the plugin called each other deeper than there is room for.
    .next = Tell its author, with the recording of the run.

state-too-old = The plugin cannot go on from where it was
    .what = The run waited while the plugin was upgraded, and the new version cannot read what the old one had kept.
    .next = Go back to the version before with `rulewright plugin rollback` and retry the run, or run the rule anew.

too-long = The message is too long
    .what = The text has more characters than its channel carries.
    .next = Shorten the text of the rule, or of what is filled into it.

too-many-conflicts = The order never stood still
    .what = Each time that the step was done, something else had changed the order meanwhile.
    .next = Retry the run. If it stays so, look for a rule or a program that changes this order all the time.

transient = The plugin could not do it for now
    .what = The plugin says that it may work later, and has been tried as often as it may be.
    .next = The message is the plugin's own. When what it names is well again, retry the run.

trap = The plugin broke off
    .what = The plugin made a mistake and was stopped. The message and the log of the step say where.
    .next = Tell its author, with the recording of the run.

trigger-gone = The trigger is not there any more
    .what = The trigger was taken out of the automation before it had answered.
    .kept = The order was not moved by it.
    .next = There is nothing to do, unless the trigger is still wanted.

version-gone = The version of the plugin is not there any more
    .what = The run began with a version of the plugin that is not kept any more.
    .next = Run the rule anew, with the version in use.

worker-died = The process that ran the step ended
    .what = The process in which the plugin ran ended before the step did: it was killed, it crashed, or it was ended because it said what it may not say.
    .next = It was tried again by itself, and given up after the last try. Retry the run; if it happens with one plugin only, stop that plugin and tell its author.

not-available-on-plan = The shop's plan does not have this
    .what = The rule or trigger is of a plugin that the shop's plan does not include.
    .kept = The draft stays as it is; what is in force goes on.
    .next = Take it out of the automation, or have it added to the plan.
