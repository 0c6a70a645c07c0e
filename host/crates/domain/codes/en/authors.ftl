# What the commands for authors and publishers of plugins say.

-area = Writing and publishing plugins
    .kept = Nothing was published, and no file of yours was changed.

already-published = This version is published already
    .what = The registry has this version, and shops may have it too.
    .next = Raise the plugin's version. `--replace` puts this one in its place.

bad-changelog = The changelog is no text
    .what = A changelog is Markdown in UTF-8, and this is something else.
    .next = Its publisher saves it as UTF-8, and publishes it again.

bad-icon = The icon is no PNG
    .what = The icon of a package is a PNG, and this is something else.
    .next = Save it as PNG.

bad-project = The project cannot be built
    .what = `rulewright.json` of the folder holds something that it cannot.
    .next = The hint says what it holds. `docs/languages.md` shows one.

bad-readme = The readme is no text
    .what = A readme is Markdown in UTF-8, and this is something else.
    .next = Save it as UTF-8.

compile = The plugin could not be compiled
    .what = The compiler of the language has found mistakes. They stand in the message.
    .next = Mend them and build again.

exists = It is there already
    .what = The file or the folder that was to be written is there, and nothing is ever overwritten.
    .kept = What is there is untouched.
    .next = Name another one, or move the old one away.

file = A file cannot be read or written
    .what = The message names the file and what the system says of it.
    .next = Check that it is there, and that whoever runs the command may use it.

fixture = The fixture is wrong
    .what = A fixture tells something that cannot be. The message names the place.
    .next = Mend it. `rulewright plugin test --schema` prints what a fixture can hold.

fixtures = What came is not what was expected
    .what = The plugin does something else than its fixtures say.
    .next = `-` was expected, `+` came. Where what came is right, `--update` writes it down.

internal = The program was built wrong
    .what = Something that comes with this program cannot be read by it.
    .next = Get the program again. If it stays so, report it.

is-there = The folder is there already
    .what = The package was to be written into a folder that is not empty.
    .kept = What is there is untouched.
    .next = Remove it, or name another one with `--out DIR`.

no-crate = The folder holds no plugin
    .what = There is neither a `Cargo.toml` nor a `rulewright.json`.
    .next = Name the plugin's folder, or make one with `rulewright plugin new NAME`.

no-fixtures = There are no fixtures
    .what = The folder that was named has no file that ends in `.json`.
    .next = `docs/authors.md` shows a fixture; `rulewright plugin test --update` writes what comes.

no-key = The file holds no key
    .what = What lies there is no key that `rulewright plugin key new` has made.
    .next = Name the key file, or make one with `rulewright plugin key new FILE`.

no-toolchain = A tool is missing
    .what = Building this language needs a program that is not installed.
    .next = The hint says how it is installed. `docs/languages.md` lists all.

not-built = There is no component yet
    .what = The folder has not been built, or was built elsewhere.
    .next = Build it with `rulewright plugin build`, or name a component.

not-written = The key was not written
    .what = The file is there already, or its folder is not. A key is never overwritten.
    .next = Name a file that is not there yet, in a folder that is.

open-key = Others can read the key
    .what = The file with the secret key is readable for other users of the machine.
    .next = Run `chmod 600` on it. If others may have read it, make a new key.

other-format = The recording is of another version
    .what = The server wrote the recording in a format that this program does not read.
    .next = Use the program in the version of the server.

real-shop = This shop sends to real people
    .what = A plugin in development was to be tried in a shop whose messages leave it.
    .kept = Nothing was installed there.
    .next = Use a shop that `rulewright demo` opens, or none: without `--server` there is one for the time.

tests = The tests do not pass
    .what = The plugin's own tests, run by cargo, have failed.
    .next = What cargo printed says which, and why.

toolchain = The toolchain made no plugin
    .what = What the compiler of the language has made is no component, or cannot be read.
    .next = Update the tools that `docs/languages.md` lists.

unknown-function = The host has no such function
    .what = `uses` names a function that the contract does not have.
    .next = The hint names the nearest one. All stand in `wit/host/host.wit`.

wasi = It needs a system that plugins do not have
    .what = The toolchain has left an import of WASI, such as files, clocks or the network, and plugins have none.
    .next = Use what the SDK offers, or leave out the dependency that needs it.
