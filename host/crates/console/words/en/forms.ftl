# The forms of rules and triggers.

form-required = required
form-show = Show
form-choose = Choose
form-not-chosen = Not chosen
form-name = Name
form-value = Value
form-nothing = nothing
# Something that was chosen once and is not there any more.
form-gone = { $name } (is not there any more)
form-secret-kept = Kept. Write here to replace it.

form-problems = { $count ->
    [one] One thing has to be changed before this can be saved
   *[other] { $count } things have to be changed before this can be saved
}
form-no-number = Write a number, such as 12.5.
form-no-whole-number = Write a whole number, such as 12.
form-no-duration = Write a number and a unit, such as 30min, 2h or 1d 4h.
form-no-money = Write an amount, such as 12.50.
form-no-time = Choose a day and a time.
form-no-time-of-day = Write a time of day, such as 09:30.
form-no-date-field = Choose a date of the order.
form-between = From { $min } to { $max }.
form-at-least = At least { $min }.
form-at-most = At most { $max }.
form-json = Written as JSON.

# Lines of a list: { $name } is what the list is called, and in the buttons which line it is.
form-line = { $name }, line { $number }
form-add = Add to { $name }
form-remove = Remove { $name }
form-move-up = Move { $name } up
form-move-down = Move { $name } down
form-no-lines = Nothing here yet.

# What a form holds that has no title of its own.
form-kind-string = Text
form-kind-integer = Whole number
form-kind-number = Number
form-kind-boolean = Yes or no
form-kind-array = Several
form-kind-object = Parts

# Texts with values of the order.
form-insert = Insert a field
form-fields = Fields to insert
form-filter-fields = Find a field
form-no-fields = No field matches.
form-preview = With the sample order:
form-empty-fields = Empty for the sample order: { $fields }.
form-characters = { $count ->
    [one] 1 character
   *[other] { $count } characters
}
form-characters-of = { $count } of { $most } characters
# $alphabet is GSM-7 or UCS-2.
form-sms = { $parts ->
    [one] 1 message ({ $alphabet })
   *[other] { $parts } messages ({ $alphabet })
}

# When it would be.
form-resolved = For the sample order: { $time } ({ $zone })
form-resolved-now = For the sample order: at once
form-resolved-parked = For the sample order: once the date is filled in
form-after-date = { $length } after the date
form-before-date = { $length } before the date

# Conditions.
form-condition = Only if
form-condition-help = Without a condition it always runs.
form-condition-met = Which of these must be true
form-condition-all = All of these are true
form-condition-any = At least one is true
form-condition-row = Condition { $number }
form-condition-add = Add a condition
form-condition-add-group = Add a group
form-condition-field = Field
form-condition-operator = Comparison
form-condition-value = Value
form-condition-values = Values, one on each line
form-condition-from = From
form-condition-to = To
form-condition-true = True
form-condition-false = False
form-condition-unknown = Not known
form-condition-is = it is { $value }
form-condition-json = Condition as JSON
form-condition-as-json = Write it as JSON
form-condition-as-rows = Show it as rows
form-condition-deep = Its groups lie too deep in one another to be shown as rows.
form-operator-equals = is
form-operator-not-equals = is not
form-operator-contains = contains
form-operator-not-contains = does not contain
form-operator-filled = is filled in
form-operator-empty = is empty
form-operator-greater-than = is more than
form-operator-at-least = is at least
form-operator-less-than = is less than
form-operator-at-most = is at most
form-operator-in = is one of
form-operator-between = is between

# When a rule runs.
form-way = Order of execution
form-way-after-previous = After the rule above
form-way-parallel = In parallel
form-previous-failed = Where the rule above failed
form-previous-failed-stop = Do not run
form-previous-failed-run-anyway = Run anyway
form-run-time = Run time
form-run-immediately = At once
form-run-after = After some time
form-run-at-field = Before or after a date of the order
form-run-at = At a date and time
form-run-at-time-of-day = At the next time of day
form-run-length = How long after
form-run-offset = How long
form-run-length-help = A number and a unit: 30min, 2h, 1d 4h.
form-run-side = Before or after
form-run-before-field = before
form-run-after-field = after
form-run-field = Date
form-run-time-at = Date and time
form-run-time-of-day = Time of day
form-working-hours = Only in working hours
form-working-days = Not on days off
form-responsible-hours = Only while the responsible is at work

# In a few words: what a rule does, for whoever reads it.
condition-and = { $first } and { $second }
condition-or = { $first } or { $second }
length-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
length-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}
length-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
length-seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
