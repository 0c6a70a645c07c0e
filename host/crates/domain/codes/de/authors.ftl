# Was die Befehle für Autoren und Herausgeber von Plugins sagen.

-area = Plugins schreiben und veröffentlichen
    .kept = Nichts wurde veröffentlicht, und keine Ihrer Dateien wurde geändert.

already-published = Diese Version ist schon veröffentlicht
    .what = Die Registry hat diese Version, und Shops können sie auch haben.
    .next = Erhöhen Sie die Version des Plugins. Mit `--replace` tritt dieses an ihre Stelle.

bad-changelog = Die Liste der Änderungen ist kein Text
    .what = Die Liste der Änderungen ist Markdown in UTF-8, und dies ist etwas anderes.
    .next = Ihr Herausgeber speichert sie als UTF-8 und veröffentlicht sie noch einmal.

bad-icon = Das Symbol ist kein PNG
    .what = Das Symbol eines Pakets ist ein PNG, und dies ist etwas anderes.
    .next = Speichern Sie es als PNG.

bad-project = Das Projekt lässt sich nicht bauen
    .what = `rulewright.json` im Ordner enthält etwas, das dort nicht stehen kann.
    .next = Der Hinweis sagt, was darin steht. `docs/languages.md` zeigt eine.

bad-readme = Die Beschreibung ist kein Text
    .what = Die Beschreibung eines Pakets ist Markdown in UTF-8, und dies ist etwas anderes.
    .next = Speichern Sie sie als UTF-8.

compile = Das Plugin ließ sich nicht übersetzen
    .what = Der Compiler der Sprache hat Fehler gefunden. Sie stehen in der Meldung.
    .next = Beheben Sie sie und bauen Sie noch einmal.

exists = Es ist schon da
    .what = Die Datei oder der Ordner, der geschrieben werden sollte, ist da, und nichts wird je überschrieben.
    .kept = Was da ist, ist unberührt.
    .next = Nennen Sie etwas anderes, oder räumen Sie das Alte beiseite.

file = Eine Datei ist nicht zu lesen oder zu schreiben
    .what = Die Meldung nennt die Datei und was das System dazu sagt.
    .next = Prüfen Sie, ob sie da ist und ob sie benutzen darf, wer den Befehl ausführt.

fixture = Das Beispiel stimmt nicht
    .what = Ein Beispiel erzählt etwas, das nicht sein kann. Die Meldung nennt die Stelle.
    .next = Berichtigen Sie es. `rulewright plugin test --schema` zeigt, was ein Beispiel enthalten kann.

fixtures = Es kam nicht, was erwartet war
    .what = Das Plugin tut etwas anderes, als seine Beispiele sagen.
    .next = `-` war erwartet, `+` kam. Wo stimmt, was kam, schreibt `--update` es auf.

internal = Das Programm wurde falsch gebaut
    .what = Etwas, das zu diesem Programm gehört, kann es selbst nicht lesen.
    .next = Holen Sie das Programm noch einmal. Bleibt es so, melden Sie es.

is-there = Der Ordner ist schon da
    .what = Das Paket sollte in einen Ordner geschrieben werden, der nicht leer ist.
    .kept = Was da ist, ist unberührt.
    .next = Entfernen Sie ihn, oder nennen Sie mit `--out DIR` einen anderen.

no-crate = In dem Ordner ist kein Plugin
    .what = Dort liegt weder ein `Cargo.toml` noch ein `rulewright.json`.
    .next = Nennen Sie den Ordner des Plugins, oder legen Sie mit `rulewright plugin new NAME` eines an.

no-fixtures = Es gibt keine Beispiele
    .what = Der genannte Ordner hat keine Datei, die auf `.json` endet.
    .next = `docs/authors.md` zeigt ein Beispiel; `rulewright plugin test --update` schreibt auf, was kommt.

no-key = In der Datei ist kein Schlüssel
    .what = Was dort liegt, ist kein Schlüssel, den `rulewright plugin key new` gemacht hat.
    .next = Nennen Sie die Datei des Schlüssels, oder machen Sie mit `rulewright plugin key new FILE` einen.

no-toolchain = Ein Werkzeug fehlt
    .what = Um diese Sprache zu bauen, braucht es ein Programm, das nicht installiert ist.
    .next = Der Hinweis sagt, wie es installiert wird. `docs/languages.md` nennt alle.

not-built = Es gibt noch keine Komponente
    .what = Der Ordner wurde nicht gebaut, oder anderswo.
    .next = Bauen Sie ihn mit `rulewright plugin build`, oder nennen Sie eine Komponente.

not-written = Der Schlüssel wurde nicht geschrieben
    .what = Die Datei ist schon da, oder ihr Ordner ist es nicht. Ein Schlüssel wird nie überschrieben.
    .next = Nennen Sie eine Datei, die es noch nicht gibt, in einem Ordner, den es gibt.

open-key = Andere können den Schlüssel lesen
    .what = Die Datei mit dem geheimen Schlüssel ist für andere Benutzer der Maschine lesbar.
    .next = Führen Sie `chmod 600` auf ihr aus. Können andere sie gelesen haben, machen Sie einen neuen Schlüssel.

other-format = Die Aufzeichnung ist von einer anderen Version
    .what = Der Server schrieb die Aufzeichnung in einem Format, das dieses Programm nicht liest.
    .next = Verwenden Sie das Programm in der Version des Servers.

real-shop = Dieser Shop sendet an echte Menschen
    .what = Ein Plugin in Entwicklung sollte in einem Shop versucht werden, dessen Nachrichten ihn verlassen.
    .kept = Dort wurde nichts installiert.
    .next = Nehmen Sie einen Shop, den `rulewright demo` öffnet, oder keinen: Ohne `--server` gibt es einen für diese Zeit.

tests = Die Tests bestehen nicht
    .what = Die eigenen Tests des Plugins, von cargo ausgeführt, sind fehlgeschlagen.
    .next = Was cargo ausgegeben hat, sagt, welche und warum.

toolchain = Das Werkzeug machte kein Plugin
    .what = Was der Compiler der Sprache gemacht hat, ist keine Komponente oder nicht zu lesen.
    .next = Erneuern Sie die Werkzeuge, die `docs/languages.md` nennt.

unknown-function = Der Host hat diese Funktion nicht
    .what = `uses` nennt eine Funktion, die der Vertrag nicht hat.
    .next = Der Hinweis nennt die nächste. Alle stehen in `wit/host/host.wit`.

wasi = Es braucht ein System, das Plugins nicht haben
    .what = Das Werkzeug hat einen Import von WASI stehen lassen, etwa Dateien, Uhren oder das Netz, und Plugins haben keines.
    .next = Verwenden Sie, was das SDK bietet, oder lassen Sie die Abhängigkeit weg, die es braucht.
