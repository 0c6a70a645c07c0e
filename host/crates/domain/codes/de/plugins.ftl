# Warum ein Plugin nicht installiert oder aktualisiert wird: holen, prüfen, übersetzen, einwilligen, der erste Start.

-area = Plugins installieren
    .kept = Nichts wurde installiert. Eine benutzte Version läuft weiter, mit dem, was sie darf.

archive-layer = Das Paket ist ein Archiv
    .what = Eine Schicht des Pakets ist gepackt, und hier wird nie etwas ausgepackt.
    .next = Sein Herausgeber veröffentlicht die Komponente, wie sie ist.

bad-artifact = Der Eintrag in der Registry stimmt nicht
    .what = Das Manifest, das in der Registry unter dieser Referenz liegt, ist nicht zu lesen.
    .next = Sein Herausgeber veröffentlicht es noch einmal mit `rulewright plugin publish`.

bad-host = Das ist kein Host
    .what = Der Host, der dem Plugin erlaubt werden sollte, ist nicht wie einer geschrieben.
    .next = Schreiben Sie ihn, wie er in einer Adresse steht, ohne `https://` und ohne Pfad: `api.example.com`. Mehrere trennt ein Komma.

bad-manifest = Das Manifest des Plugins stimmt nicht
    .what = Eine Stelle des Manifests enthält etwas, das dort nicht stehen kann. Die Meldung nennt sie.
    .next = Sein Autor berichtigt es; `rulewright plugin check FILE` sagt dasselbe ohne Server.

bad-name = Ein Name in der Komponente lässt sich nicht verwenden
    .what = Etwas, das die Komponente importiert oder exportiert, hat einen Namen, der nicht erlaubt ist.
    .next = Ihr Autor benennt es um und baut sie noch einmal.

bad-reference = Die Referenz ist nicht richtig geschrieben
    .what = Was das Paket in einer Registry nennt, hat nicht die Form, die es haben muss.
    .next = Schreiben Sie es als `registry.example/acme/greet:1.2.0`, oder mit `@sha256:` und dem Digest.

bad-signature = Die Signatur ist nicht von ihrem Schlüssel
    .what = Die Signatur wurde nicht mit dem Schlüssel gemacht, den sie nennt, oder der signierte Text wurde danach verändert.
    .next = Verwenden Sie diese Kopie nicht. Holen Sie Paket und Signatur noch einmal vom Herausgeber.

bad-url = Die Adresse ist nicht richtig geschrieben
    .what = Von dieser Adresse lässt sich kein Plugin holen.
    .next = Schreiben Sie sie ganz, etwa `https://example.com/greet.wasm`.

beyond-kind = Ein Plugin dieser Art darf das nicht verwenden
    .what = Ein Auslöser oder ein Anbieter ruft eine Funktion auf, die nur Regeln haben.
    .next = Sein Autor lässt die Funktion weg oder macht das Plugin zu einer Regel.

busy = Die Registry ist beschäftigt
    .what = Die Registry wurde zu oft gefragt und bittet um Geduld.
    .next = Warten Sie einige Minuten und versuchen Sie es dann noch einmal.

compile-failed = Die Komponente ließ sich nicht übersetzen
    .what = Der Compiler der Sandbox konnte aus dieser Komponente keinen Code machen.
    .next = Sagen Sie es ihrem Autor. Läuft das Plugin anderswo, melden Sie es.

compile-limit = Sie zu übersetzen kostet zu viel
    .what = Die Komponente zu übersetzen brauchte mehr Zeit oder Speicher, als ein Plugin brauchen darf.
    .next = Ihr Autor macht sie kleiner.

component-layers = Das Paket hat nicht genau eine Komponente
    .what = Ein Paket enthält ein Plugin, und dieses enthält mehrere oder keines.
    .next = Sein Herausgeber veröffentlicht jedes Plugin für sich.

compressed = Es wurde gepackt gesendet
    .what = Die Quelle sendet das Plugin komprimiert, obwohl es unverändert verlangt war.
    .next = Wer die Quelle betreibt, muss es ungepackt senden; oder nehmen Sie eine andere Quelle.

compressed-layer = Das Paket ist komprimiert
    .what = Eine Schicht des Pakets ist komprimiert, und hier wird nie etwas ausgepackt.
    .next = Sein Herausgeber veröffentlicht die Komponente, wie sie ist.

digest-mismatch = Es kamen andere Bytes als versprochen
    .what = Was kam, hat nicht den Digest, den die Quelle selbst angibt.
    .next = Verwenden Sie es nicht. Versuchen Sie es einmal neu und sagen Sie es dann dem Betreiber der Quelle.

downgrade = Es ist älter als das, was Sie hatten
    .what = Die Version liegt unter einer, die der Shop schon hatte.
    .next = Kehren Sie zur vorigen Version zurück, oder sagen Sie, dass Sie die ältere wollen: `--allow-downgrade`.

foreign-layer = Ein Teil des Pakets liegt anderswo
    .what = Das Paket verweist auf eine andere Adresse, und was dort liegt, ist kein Teil eines Pakets.
    .next = Sein Herausgeber veröffentlicht es noch einmal, und ganz.

invalid-binary = Das Binary gilt hier nicht
    .what = Die Komponente verwendet WebAssembly, das dieser Host nicht ausführt, oder ist beschädigt.
    .next = Ihr Autor baut sie mit `rulewright plugin build`, ohne zusätzliche Fähigkeiten.

long-manifest = Das Manifest ist zu lang
    .what = Texte und Schema im Manifest des Plugins haben mehr Bytes, als ein Manifest haben darf.
    .next = Sein Autor kürzt sie.

manifest-count = Es hat nicht genau ein Manifest
    .what = Ein Plugin trägt ein Manifest in sich, und dieses trägt mehrere oder keines.
    .next = Sein Autor baut es mit `rulewright plugin build`.

media-type = Die Quelle sagt, dass es etwas anderes ist
    .what = Was gesendet wurde, ist als andere Art von Datei angegeben denn als Komponente.
    .next = Prüfen Sie die Adresse. Wer die Quelle betreibt, muss die Komponente senden, wie sie ist.

mismatch = Es wurde für einen anderen Vertrag gebaut
    .what = Die Komponente ruft eine Funktion des Hosts mit anderen Typen auf, als der Vertrag sie hat.
    .next = Nehmen Sie eine Version für diesen Host. Ihr Autor baut sie mit dem veröffentlichten Vertrag.

more-than-asked = Das ist mehr, als es verlangt
    .what = Die Einwilligung gewährt eine Funktion, einen Host oder ein Geheimnis, das das Plugin nicht verlangt.
    .next = Wählen Sie aus dem, was es verlangt.

nested-components = Komponenten liegen zu tief ineinander
    .what = Das Plugin ist aus mehr Lagen von Komponenten gefügt, als gelesen werden.
    .next = Sein Autor fügt weniger davon zu einem Plugin.

newer-host = Es braucht einen neueren Server
    .what = Das Plugin ruft Funktionen auf, die dieser Server noch nicht hat. Die Meldung nennt sie.
    .next = Verwenden Sie einen neueren Server oder eine ältere Version des Plugins.

no-credentials = Für die Registry gibt es keine Zugangsdaten
    .what = Die Einstellungen nennen eine Variable für Benutzer, Passwort oder Token der Registry, und sie ist leer.
    .next = Der Betreiber füllt die Variablen, die `[registries]` der Einstellungen nennt.

no-export = Es ist kein Plugin
    .what = Die Komponente exportiert weder eine Regel noch einen Auslöser noch einen Anbieter.
    .next = Ihr Autor deklariert eines davon, mit dem Makro des SDK oder mit `export`.

not-a-component = Es ist keine WebAssembly-Komponente
    .what = Die Datei ist etwas anderes: ein einfaches Modul, ein Bild, eine Seite.
    .next = Prüfen Sie, was Sie genannt haben. Ihr Autor baut sie mit `rulewright plugin build`.

not-a-package = Es ist kein Paket eines Plugins
    .what = Unter dieser Referenz liegt etwas anderes, etwa ein Container-Image.
    .next = Prüfen Sie die Referenz.

not-allowed = Die Quelle gibt es uns nicht
    .what = Die Registry oder der Server verlangt eine Anmeldung oder lehnt die ab, die er bekam.
    .next = Prüfen Sie den Namen und die Zugangsdaten der Registry in den Einstellungen.

not-elsewhere = Es wird nicht von anderswo geholt
    .what = Eine Datei, oder ein Plugin, das zu diesem Programm gehört, wurde verlangt, als läge es auf einer anderen Maschine.
    .next = Senden Sie die Datei selbst, oder nennen Sie es als `bundled:` und seine Kennung.

not-offered = Diesem Server fehlt eine Funktion, die es verwendet
    .what = Das Plugin ruft eine Funktion des Vertrags auf, die dieser Server nicht anbietet.
    .next = Verwenden Sie einen neueren Server oder eine ältere Version des Plugins.

not-public = Der Host hat keine öffentliche Adresse
    .what = Der Name führt in ein privates Netz, und von dort wird nichts geholt.
    .next = Ist das richtig, kann der Betreiber es in den Einstellungen erlauben.

not-waiting = Es wartet nicht mehr auf eine Antwort
    .what = Über die Installation wurde schon entschieden, sie wurde abgebrochen oder ist zu Ende.
    .kept = Was entschieden wurde, bleibt.
    .next = Sehen Sie nach, wie es jetzt steht. `rulewright plugin offers` nennt, was wartet.

other-digest = Es ist nicht das, wozu Sie eingewilligt haben
    .what = Die Einwilligung nennt andere Bytes als die, die warten.
    .next = Lesen Sie die Frage zu diesen Bytes und beantworten Sie sie.

other-key = Es ist mit einem anderen Schlüssel signiert
    .what = Pakete dieses Herausgebers waren bisher mit einem anderen Schlüssel signiert, oder was installiert ist, kam von jemand anderem.
    .next = Fragen Sie den Herausgeber, auf einem anderen Weg als dem des Pakets, ob sich der Schlüssel geändert hat. Wenn ja, nehmen Sie ihn mit seinem Fingerabdruck an.

other-plugin = Es ist ein anderes Plugin
    .what = Die Quelle, oder die Aufzeichnung, gehört zu einem anderen Plugin als dem genannten.
    .next = Prüfen Sie, was Sie genannt haben.

other-schema = Seine Daten haben ein anderes Schema
    .what = Das Plugin braucht Daten in einer Form, die dieser Server nicht hat.
    .next = Verwenden Sie einen Server, der sie hat, oder eine Version des Plugins, die für diesen gemacht ist.

other-version = Es wurde für eine andere Version des Vertrags gebaut
    .what = Das Plugin und dieser Server sprechen verschiedene Versionen des Vertrags.
    .next = Nehmen Sie eine Version des Plugins für diesen Server, oder einen neueren Server.

realm-refused = Die Registry will ihr Passwort anderswohin gesendet haben
    .what = Zum Anmelden verweist die Registry auf einen anderen Host; dem wurde nicht gefolgt.
    .kept = Kein Passwort wurde gesendet. Nichts wurde installiert, und eine benutzte Version läuft weiter.
    .next = Ist dieser Host richtig, nennt der Betreiber ihn in den Einstellungen (`realm`).

redirect-refused = Die Quelle führt anderswohin
    .what = Die Antwort führte an einen anderen Ort, der nicht erlaubt ist; dem wurde nicht gefolgt.
    .next = Nennen Sie diesen Ort selbst, wenn Sie ihm vertrauen.

registry-failed = Die Registry funktioniert nicht
    .what = Die Registry antwortete mit einem Fehler, oder mit etwas, das keine Registry sagt.
    .next = Versuchen Sie es später noch einmal und fragen Sie dann ihren Betreiber.

revoked = Es darf nicht laufen
    .what = Diese Komponente wurde gestoppt, durch eine Liste von Widerrufen oder vom Betreiber. Nichts ruft sie mehr auf, in keinem Shop.
    .kept = Ihre Daten und Einstellungen bleiben. Läufe, die sie brauchten, enden mit diesem Grund.
    .next = Nehmen Sie eine andere Version. `rulewright plugin quarantine --list` sagt, wer sie gestoppt hat und warum.

runs-open = Seine Läufe sind nicht zu Ende
    .what = Das Plugin lässt sich nicht entfernen, solange Läufe von ihm nicht zu Ende sind.
    .kept = Nichts wurde entfernt.
    .next = Lassen Sie sie zu Ende gehen, oder entfernen Sie es mit Zwang, der sie beendet.

self-test = Es funktioniert nicht
    .what = Das Plugin wurde einmal in der Sandbox gestartet, mit dem, was Sie gewährt haben, und brach ab.
    .next = Die Meldung sagt, wo. Sagen Sie es seinem Autor.

several-exports = Es sind mehrere Plugins in einem
    .what = Die Komponente exportiert mehr als eines von Regel, Auslöser und Anbieter.
    .next = Ihr Autor teilt sie.

several-layers = Das Paket hat einen Teil zweimal
    .what = Ein Paket hat höchstens ein Symbol und eine Beschreibung.
    .next = Sein Herausgeber veröffentlicht es noch einmal.

several-signatures = Das Paket hat mehrere Signaturen
    .what = Ein Paket wird einmal signiert.
    .next = Sein Herausgeber signiert und veröffentlicht es noch einmal.

size-mismatch = Es ist länger oder kürzer als versprochen
    .what = Was kam, hat nicht die Zahl von Bytes, die die Quelle selbst angibt.
    .next = Versuchen Sie es einmal neu und sagen Sie es dann dem Betreiber der Quelle.

statement-mismatch = Die Signatur gilt für etwas anderes
    .what = Der signierte Text nennt ein anderes Plugin, eine andere Version oder Komponente, als dieses Paket hat.
    .next = Holen Sie das Paket und seine Signatur noch einmal, beide von einer Veröffentlichung.

text-encoding = Seine Texte sind nicht in UTF-8
    .what = Die Komponente übergibt Texte in einer Kodierung, die der Vertrag nicht hat.
    .next = Ihr Autor wählt UTF-8, wo das Werkzeug die Komponente macht.

too-many-installs = Zu viele Installationen auf einmal
    .what = Der Server arbeitet an so vielen Installationen, wie er darf.
    .next = Warten Sie, bis eine davon zu Ende ist.

too-many-parts = Es besteht aus zu vielen Teilen
    .what = Die Komponente hat mehr Module, Speicher oder Tabellen, als ein Plugin haben darf.
    .next = Ihr Autor verbindet sie zu einem oder teilt das Plugin.

too-slow = Es kam zu langsam
    .what = Die Quelle sendet so langsam, dass die Zeit dafür vorbei war.
    .next = Versuchen Sie es später noch einmal, oder von anderswo.

undeclared-permission = Es ruft auf, was sein Manifest nicht sagt
    .what = Die Komponente ruft eine Funktion auf, die ihr Manifest nicht angibt.
    .next = Ihr Autor ergänzt sie im Manifest, damit Sie danach gefragt werden.

unknown-import = Es braucht eine Funktion, die es nicht gibt
    .what = Die Komponente importiert etwas, das dieser Server nicht hat.
    .next = Verwenden Sie einen neueren Server. Ihr Autor verwendet, was das SDK bietet, oder lässt die Abhängigkeit weg, die es braucht.

unreachable = Dort antwortet niemand
    .what = Die Registry, oder der genannte Server, war nicht zu erreichen.
    .kept = Nichts wurde geändert.
    .next = Prüfen Sie Namen und Netz und ob er läuft. Versuchen Sie es dann noch einmal.

unreadable-manifest = Das Manifest des Plugins ist nicht zu lesen
    .what = Was die Komponente als ihr Manifest trägt, ist keines.
    .next = Ihr Autor baut sie mit `rulewright plugin build`.

unreadable-signature = Die Signatur ist nicht zu lesen
    .what = Was neben der Komponente liegt, ist keine Signatur, oder eine in einem neueren Format.
    .next = Signieren Sie noch einmal mit diesem oder einem neueren `rulewright plugin sign`.

unsigned = Es ist nicht signiert
    .what = Pakete dieses Herausgebers, oder von diesem Ort, werden nur signiert genommen.
    .next = Besorgen Sie eine signierte Kopie. Ist kein Schlüssel des Herausgebers bekannt, können Sie sagen, dass Sie es unsigniert nehmen: `--allow-unsigned`.

unused-permission = Es verlangt, was es nicht verwendet
    .what = Das Manifest gibt eine Funktion an, die die Komponente nie aufruft.
    .next = Ihr Autor nimmt sie aus dem Manifest, damit niemand danach gefragt wird.

uses-feature = Es verwendet WebAssembly, das hier nicht läuft
    .what = Die Komponente braucht Threads, Ausnahmen, 64-Bit-Speicher oder Ähnliches: Der Rest des Codes sagt, was, etwa `uses-threads`.
    .next = Ihr Autor schaltet das im Compiler der Sprache ab.

wrong-kind = Es ist ein Plugin anderer Art
    .what = Das Manifest sagt etwas anderes, als die Komponente exportiert, oder eine Regel steht, wo ein Auslöser oder ein Anbieter stehen sollte.
    .next = Ihr Autor bringt beide in Einklang; in einer Regel oder einem Auslöser wählen Sie ein Plugin der richtigen Art.
