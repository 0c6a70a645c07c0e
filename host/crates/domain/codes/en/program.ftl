# What the command line and the server say of their settings and data.

-area = The program and its data
    .kept = Nothing was changed.

canceled = Somebody canceled it
    .what = The installation that the command followed was canceled by somebody else.
    .kept = Nothing was installed. A version in use goes on.
    .next = Begin again, if you still want it.

certificate = The certificate cannot be used
    .what = The chain or its key is not there, is no PEM, or the two do not belong together.
    .kept = The server did not start, or goes on with the certificate from before.
    .next = Check the files of `--tls-cert` and `--tls-key`. `docs/tls.md` says what they hold.

data = The data directory cannot be used
    .what = It cannot be made or opened, or a server holds it.
    .next = Name it with `--data DIR`. If a server holds it, talk to the server: `--server URL --token TOKEN`.

failed = It did not work
    .what = Something of the system did not do what it should. The message says what was being done.
    .next = The same command with `--log debug` says more. `rulewright doctor` checks machine and data.

listen = The server cannot listen there
    .what = The address is taken by another program, or is none of this machine.
    .kept = The server did not start.
    .next = Choose another one. `--listen 127.0.0.1:0` takes a free port.

no-data = The directory holds no data
    .what = The command works on a shop's data, and there are none in this directory.
    .next = Name it with `--data DIR`, or make one with `rulewright serve`.

no-shop = There is no shop yet
    .what = The data directory is there, and no shop is in it.
    .next = `rulewright serve` makes one in an empty data directory.

no-such-file = There is no such file
    .what = The file that was named is not there.
    .next = Check the path: it begins at the current folder.

not-agreed = Nobody agreed
    .what = The command asked a question, and it was answered with no, or nobody could answer.
    .next = Say yes, or use `--yes` where nobody can answer. What waits for consent can be accepted later.

not-readable = The file cannot be read
    .what = The file that was named is there, and the system does not give it to whoever runs the command.
    .next = Let that user read it.

not-writable = The data may not be written
    .what = Whoever runs the program may not write the data directory or a file in it, or it lies on a file system that is read-only. Reading is not enough, not even for a look.
    .next = Let that user write the directory and all that is in it, or name another with `--data DIR`.

other-shop = The directory belongs to another shop
    .what = The demo was to be put into a data directory that a real shop uses.
    .next = Name another directory with `--data DIR`.

plain-http = It would listen without encryption
    .what = The address can be reached by others, and there is no certificate: tokens and passwords would travel in the open.
    .kept = The server did not start.
    .next = Give `--tls-cert` and `--tls-key`, or listen on `127.0.0.1` behind a proxy that encrypts. See `docs/tls.md`.

sample = The shop could not be filled with samples
    .what = Orders and an automation to look around in were to be made, and one of them was refused.
    .kept = The shop is there. Of the samples, what was made before stays.
    .next = Go on without samples. The message says what stood against them: please report it.

secret-key = The key to the secrets is missing
    .what = Secrets in the database are sealed, and the file of the key is not there, cannot be read, or holds another key. The message names the key that is needed.
    .kept = Nothing was opened or changed.
    .next = Put the file of that key into the data directory as `secret.key`, or name it with `--key-file FILE`. A backup needs the key of its time. Without it the secrets are lost: see `docs/operating.md`.

some-refused = Some orders were refused
    .what = Lines of the file could not be read, or the shop refused what they say. Each is listed with its reason.
    .kept = The others are taken, and stay.
    .next = Mend these lines and import the file again: what was taken is not taken twice.

stopped = It was stopped
    .what = Somebody stopped the replay before its end.
    .kept = What was replayed stays.
    .next = The same command goes on where it was.

usage = The command is not written right
    .what = A flag, an argument or a setting is unknown, missing or has a value that it cannot have.
    .next = `rulewright help COMMAND` lists what it takes. Settings are in `docs/cli.md`.
