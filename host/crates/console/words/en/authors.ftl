# What the authors of plugins look at: failures, usage, fixtures, and what a new version changes.
backtrace-title = { $count ->
    [one] Where it was: one function
   *[other] Where it was: { $count } functions, the innermost first
}
backtrace-no-names = The component has no names of functions. Its author keeps them with strip = "debuginfo" in the profile that it is built with.
