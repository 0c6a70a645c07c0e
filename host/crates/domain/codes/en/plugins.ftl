# Why a plugin is not installed or upgraded: fetching, verifying, checking, compiling, consent, the first start.

-area = Installing plugins
    .kept = Nothing was installed. A version in use goes on, with what it may do.

archive-layer = The package is an archive
    .what = A layer of the package is packed, and nothing is ever unpacked here.
    .next = Its publisher publishes the component as it is.

bad-artifact = The registry's entry is wrong
    .what = The manifest that lies in the registry under this reference cannot be read.
    .next = Its publisher publishes it again with `rulewright plugin publish`.

bad-host = This is no host
    .what = The host that the plugin was to be allowed is not written as one.
    .next = Write it as it stands in an address, without `https://` and without a path: `api.example.com`. Several are parted by commas.

bad-manifest = The manifest of the plugin is wrong
    .what = A place of the manifest holds something that it cannot. The message names the place.
    .next = Its author mends it; `rulewright plugin check FILE` says the same without a server.

bad-name = A name in the component cannot be used
    .what = Something that the component imports or exports has a name that is not allowed.
    .next = Its author renames it and builds it again.

bad-reference = The reference is not written right
    .what = What names the package in a registry is not of the form that it must have.
    .next = Write it as `registry.example/acme/greet:1.2.0`, or with `@sha256:` and the digest.

bad-signature = The signature is not by its key
    .what = The signature was not made by the key that it names, or the signed text was changed afterwards.
    .next = Do not use this copy. Get package and signature again from the publisher.

bad-url = The address is not written right
    .what = The address of the plugin is no address that a plugin can be fetched from.
    .next = Write it whole, such as `https://example.com/greet.wasm`.

beyond-kind = A plugin of this kind may not use this
    .what = A trigger or a provider calls a function that only rules have.
    .next = Its author leaves the function out, or makes the plugin a rule.

busy = The registry is busy
    .what = The registry was asked too often, and asks for patience.
    .next = Wait some minutes, then try again.

compile-failed = The component could not be compiled
    .what = The compiler of the sandbox could not make code of this component.
    .next = Tell its author. If the plugin is well elsewhere, report it.

compile-limit = Compiling it costs too much
    .what = Compiling the component took more time or memory than one plugin may take.
    .next = Its author makes it smaller.

component-layers = The package has not exactly one component
    .what = A package holds one plugin, and this one holds several or none.
    .next = Its publisher publishes each plugin by itself.

compressed = It was sent packed
    .what = The source sends the plugin compressed, although it was asked for as it is.
    .next = Whoever runs the source has to send it unpacked, or take another source.

compressed-layer = The package is compressed
    .what = A layer of the package is compressed, and nothing is ever unpacked here.
    .next = Its publisher publishes the component as it is.

digest-mismatch = Other bytes came than were promised
    .what = What came does not have the digest that the source itself declares.
    .next = Do not use it. Try again once, then tell whoever runs the source.

downgrade = It is older than what you had
    .what = The version is below one that the shop has had already.
    .next = Go back with a rollback, or say that you want the older one: `--allow-downgrade`.

foreign-layer = A part of the package lies elsewhere
    .what = The package points to another address, and what lies there is no part of a package.
    .next = Its publisher publishes it again, whole.

invalid-binary = The binary is not valid here
    .what = The component uses WebAssembly that this host does not run, or is damaged.
    .next = Its author builds it with `rulewright plugin build`, without extra features.

long-manifest = The manifest is too long
    .what = Texts and schema of the plugin's manifest have more bytes than a manifest may have.
    .next = Its author shortens them.

manifest-count = It has not exactly one manifest
    .what = A plugin carries one manifest inside, and this one carries several or none.
    .next = Its author builds it with `rulewright plugin build`.

media-type = The source says that it is something else
    .what = What was sent is declared as another kind of file than a component.
    .next = Check the address. Whoever runs the source has to send the component as it is.

mismatch = It was built for another contract
    .what = The component calls a function of the host with other types than the contract has.
    .next = Take a version for this host. Its author builds it with the published contract.

more-than-asked = This is more than it asks for
    .what = The consent grants a function, a host or a secret that the plugin does not ask for.
    .next = Choose among what it asks for.

nested-components = Components lie too deep in one another
    .what = The plugin is composed of components in more layers than are read.
    .next = Its author composes fewer of them into one plugin.

newer-host = It needs a newer server
    .what = The plugin calls functions that this server does not have yet. The message names them.
    .next = Use a newer server, or an older version of the plugin.

no-credentials = There are no credentials for the registry
    .what = The settings name a variable for the registry's user, password or token, and it is empty.
    .next = An operator fills in the variables that `[registries]` of the settings names.

no-export = It is no plugin
    .what = The component exports neither a rule, nor a trigger, nor a provider.
    .next = Its author declares one, with the SDK's macro or `export`.

not-a-component = It is no WebAssembly component
    .what = The file is something else: a plain module, a picture, a page.
    .next = Check what you named. Its author builds it with `rulewright plugin build`.

not-a-package = It is no plugin's package
    .what = Under this reference lies something else, such as a container image.
    .next = Check the reference.

not-allowed = The source does not give it to us
    .what = The registry or server asks for a login, or refuses the one that it got.
    .next = Check the name, and the registry's credentials in the settings.

not-elsewhere = It is not fetched from elsewhere
    .what = A file, or a plugin that comes with this program, was asked for as if it lay on another machine.
    .next = Send the file itself, or name it as `bundled:` and its id.

not-offered = This server lacks a function that it uses
    .what = The plugin calls a function of the contract that this server does not offer.
    .next = Use a newer server, or an older version of the plugin.

not-public = The host has no public address
    .what = The name leads into a private network, and nothing is fetched from there.
    .next = If that is right, an operator can allow it in the settings.

not-waiting = It does not wait for an answer any more
    .what = The installation was decided already, canceled, or has ended.
    .kept = What was decided stays.
    .next = Look at what it is now. `rulewright plugin offers` lists what waits.

other-digest = It is not what you agreed to
    .what = The consent names other bytes than those that wait.
    .next = Read the question for these bytes, and answer it.

other-key = It is signed with another key
    .what = Packages of this publisher were signed with another key so far, or what is installed came from somebody else.
    .next = Ask the publisher, by another way than where the package came from, whether the key was changed. If so, accept it by its fingerprint.

other-plugin = It is another plugin
    .what = The source, or the recording, is of another plugin than the one that was named.
    .next = Check what you named.

other-schema = Its data are of another schema
    .what = The plugin needs data in a form that this server does not have.
    .next = Use a server that has it, or a version of the plugin that was made for this one.

other-version = It was built for another version of the contract
    .what = The plugin and this server speak different versions of the contract.
    .next = Take a version of the plugin for this server, or use a newer server.

realm-refused = The registry wants its password sent elsewhere
    .what = To log in, the registry sends to another host, which was not followed.
    .kept = No password was sent. Nothing was installed, and a version in use goes on.
    .next = If that host is right, an operator names it in the settings (`realm`).

redirect-refused = The source leads elsewhere
    .what = The answer led to another place that is not allowed, and was not followed.
    .next = Name that place itself, if you trust it.

registry-failed = The registry does not work
    .what = The registry answered with an error, or with something that no registry says.
    .next = Try again later, then ask whoever runs it.

revoked = It must not run
    .what = This component was stopped, by a revocation list or by the operator. Nothing calls it any more, in any shop.
    .kept = Its data and settings stay. Runs that needed it end with this reason.
    .next = Take another version. `rulewright plugin quarantine --list` says who stopped it and why.

runs-open = Its runs have not ended
    .what = The plugin cannot be removed while runs of it have not ended.
    .kept = Nothing was removed.
    .next = Let them end, or remove it with force, which ends them.

self-test = It does not work
    .what = The plugin was started once in the sandbox, with what you granted, and broke off.
    .next = The message says where. Tell its author.

several-exports = It is several plugins in one
    .what = The component exports more than one of rule, trigger and provider.
    .next = Its author splits it.

several-layers = The package has a part twice
    .what = A package has at most one icon and one readme.
    .next = Its publisher publishes it again.

several-signatures = The package has several signatures
    .what = A package is signed once.
    .next = Its publisher signs and publishes it again.

size-mismatch = It is longer or shorter than promised
    .what = What came does not have the number of bytes that the source itself declares.
    .next = Try again once, then tell whoever runs the source.

statement-mismatch = The signature is for something else
    .what = The signed text names another plugin, version or component than this package has.
    .next = Get the package and its signature again, both of one release.

text-encoding = Its texts are not in UTF-8
    .what = The component passes texts in an encoding that the contract does not have.
    .next = Its author chooses UTF-8 where the toolchain makes the component.

too-many-installs = Too many installations at once
    .what = The server works on as many installations as it may.
    .next = Wait until one of them has ended.

too-many-parts = It is made of too many parts
    .what = The component has more modules, memories or tables than one plugin may have.
    .next = Its author links them into one, or splits the plugin.

too-slow = It came too slowly
    .what = The source sends so slowly that the time for it was over.
    .next = Try again later, or from another place.

undeclared-permission = It calls what its manifest does not say
    .what = The component calls a function that its manifest does not declare.
    .next = Its author adds it to the manifest, so that you are asked for it.

unknown-import = It needs a function that there is not
    .what = The component imports something that this server does not have.
    .next = Use a newer server. Its author uses what the SDK offers, or leaves out the dependency that needs it.

unreachable = Nobody answers there
    .what = The registry, or the server that was named, could not be reached.
    .kept = Nothing was changed.
    .next = Check name and network, and whether it is running. Then try again.

unreadable-manifest = The manifest of the plugin cannot be read
    .what = What the component carries as its manifest is no manifest.
    .next = Its author builds it with `rulewright plugin build`.

unreadable-signature = The signature cannot be read
    .what = What lies beside the component is no signature, or one of a newer format.
    .next = Sign it again with this or a newer `rulewright plugin sign`.

unsigned = It is not signed
    .what = Packages of this publisher, or from this place, are only taken signed.
    .next = Get a signed copy. Where no key of the publisher is known, you can say that you take it unsigned: `--allow-unsigned`.

unused-permission = It asks for what it does not use
    .what = The manifest declares a function that the component never calls.
    .next = Its author removes it from the manifest, so that nobody is asked for it.

uses-feature = It uses WebAssembly that is not run here
    .what = The component needs threads, exceptions, 64-bit memory or the like: the rest of the code says which, such as `uses-threads`.
    .next = Its author switches that off in the compiler of the language.

wrong-kind = It is a plugin of another kind
    .what = The manifest says something else than the component exports, or a rule is used where a trigger or a provider should be.
    .next = Its author makes the two agree; in a rule or trigger choose a plugin of the right kind.
