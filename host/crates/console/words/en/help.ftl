# Help: keys, and what codes mean.

help-page = Help
help-codes = What codes mean
help-codes-what = Whatever is refused or fails has a code. It is the same in the console, on the command line and in the API, and it stays the same.
help-code = Code
help-look-up = Look up
help-what = What happened
help-kept = What is kept
help-next = What to do
help-unknown = This code is not known here
help-unknown-what = Nothing here is called { $code }. Plugins have codes of their own: the message beside the code is theirs, too.
help-unknown-near = Did you mean:

not-saved = Not saved: there is no connection. What you wrote stays here; send it again when the server answers.
