# Weshalb eine Anfrage oder ein Formular der Konsole abgelehnt werden kann, gleich worum es geht.

-area = Anfragen und Formulare
    .kept = Nichts wurde geändert.

bad-json = Der Inhalt ist kein JSON
    .what = Der Inhalt der Anfrage ist nicht zu lesen: Er bricht ab, oder ein Zeichen steht, wo keines stehen darf.
    .next = `detail` nennt Zeile und Spalte. Senden Sie ein JSON-Objekt in UTF-8.

body = Der Inhalt ist nicht zu lesen
    .what = Der Inhalt der Anfrage brach ab oder ist nicht das, was diese Adresse annimmt.
    .next = Senden Sie ihn ganz und in der Form, die `GET /v1/openapi.json` zeigt.

bug = Der Server hat einen Fehler gemacht
    .what = Es ist etwas geschehen, womit seine Autoren nicht gerechnet haben. Es steht im Protokoll des Servers.
    .kept = Was nicht fertig war, ist zurückgenommen: Änderungen geschehen ganz oder gar nicht.
    .next = Versuchen Sie es noch einmal. Bleibt es so, melden Sie es mit der Kennung der Anfrage (`x-request-id`), nach der sich das Protokoll durchsuchen lässt.

conflict = Das passt nicht zum jetzigen Stand
    .what = Jemand anderes war schneller, oder etwas Vorhandenes steht dem entgegen. Die Meldung sagt, was es ist.
    .kept = Dadurch wurde nichts geändert.
    .next = Sehen Sie nach, wie es jetzt ist, und entscheiden Sie neu. Über die API: neu lesen und die neue Revision mitsenden.

consent-required = Das Plugin bittet zuerst um etwas
    .what = Das Plugin will etwas lesen, ändern, senden oder erreichen, wozu der Shop noch nicht eingewilligt hat.
    .kept = Nichts wurde installiert. Eine benutzte Version läuft weiter.
    .next = Lesen Sie, worum es bittet (`consent` der Antwort), und wiederholen Sie die Anfrage mit `?accept=` und dem Digest.

cursor = Von hier aus geht es nicht weiter
    .what = `after` ist nicht das `next` einer früheren Seite derselben Liste.
    .next = Lassen Sie es weg, um mit der ersten Seite zu beginnen.

denied = Das darf nicht geschehen
    .what = In der Konsole: Ihre Rolle hat das nicht. In einem Lauf: Das Plugin rief eine Funktion auf, die der Shop ihm nicht gewährt hat.
    .kept = Nichts wurde geändert; von einem Schritt wurde nichts getan.
    .next = Ein Inhaber des Shops kann Ihnen unter Einstellungen eine andere Rolle geben. Was ein Plugin darf, steht auf seiner Seite und lässt sich dort gewähren.

disk-failed = Die Platte des Servers tat nicht, was sie sollte
    .what = Das System konnte nicht von der Platte lesen oder nicht auf sie schreiben. Wo es nicht sagen konnte, ob etwas geschrieben ist, hält der Server von selbst an, um es beim nächsten Start herauszufinden.
    .kept = Nichts vom Verlangten wurde geändert, oder alles davon. Was vorher beantwortet war, bleibt.
    .next = Versuchen Sie es gleich noch einmal, über die API mit demselben `Idempotency-Key`, damit nichts zweimal geschieht. Die Protokolle des Servers und des Systems sagen mehr über die Platte.

disk-full = Die Platte des Servers ist voll
    .what = Für das, was zu schreiben war, ist kein Platz. Alles, was da ist, kann gelesen werden, und die Automatisierung wartet.
    .kept = Nichts vom Verlangten wurde geändert, und was vorher gespeichert war, bleibt.
    .next = Schaffen Sie Platz, und versuchen Sie es noch einmal, über die API mit demselben `Idempotency-Key`. Der Server macht von selbst weiter und muss nicht neu gestartet werden.

field = Danach wird nicht gesucht
    .what = Ein Filter oder eine Sortierung nennt ein Feld, das diese Liste nicht hat.
    .next = `hint` nennt die Felder, die es gibt.

filter = Der Filter ist nicht zu verstehen
    .what = Der Filter besteht nicht aus Feldern, Vergleichen und Werten, wie sie zusammengehören.
    .next = `detail` sagt, wo. `docs/rest-api.md` zeigt Filter.

idempotency-key = Der Schlüssel lässt sich nicht verwenden
    .what = Ein `Idempotency-Key` ist leer, zu lang oder hat Zeichen, die eine Kopfzeile nicht haben darf.
    .next = Senden Sie für jede neue Anfrage einen neuen zufälligen, zum Beispiel eine UUID.

idempotency-key-reused = Der Schlüssel gehört zu einer anderen Anfrage
    .what = Dieser `Idempotency-Key` wurde schon für eine Anfrage verwendet, die etwas anderes sagte.
    .kept = Was die erste Anfrage tat, bleibt; diese hat nichts getan.
    .next = Verwenden Sie für jede neue Anfrage einen neuen Schlüssel und denselben nur, um dieselbe zu wiederholen.

intake-halted = Der Betreiber nimmt nichts an
    .what = Wer den Server betreibt, hat Ereignisse und Änderungen von außen angehalten und einen Grund hinterlassen. Was da ist, lässt sich lesen.
    .next = Senden Sie es später noch einmal, über die API mit demselben `Idempotency-Key` und nach dem, was `Retry-After` sagt. `rulewright halt --list` zeigt, was angehalten ist.

invalid = Etwas darin stimmt nicht
    .what = Mindestens ein Wert fehlt, ist von der falschen Art oder liegt außerhalb des Erlaubten. Jeder ist mit seiner Stelle genannt.
    .kept = Nichts wurde geändert. In der Konsole bleibt im Formular, was Sie geschrieben haben.
    .next = Berichtigen Sie jede genannte Stelle und senden Sie es noch einmal.

invalid-token = Das Token gilt nicht
    .what = Das Token ist unbekannt, wurde widerrufen oder ist abgelaufen.
    .next = Machen Sie ein neues, unter Einstellungen oder mit `rulewright token create`.

last-event-id = Nach diesem Ereignis geht es nicht weiter
    .what = `Last-Event-ID` ist keine Kennung, die der Strom gesendet hat.
    .next = Senden Sie die `id`, die der Strom zuletzt gesendet hat, oder lassen Sie die Kopfzeile weg.

limit = Eine Grenze ist erreicht
    .what = In einer Anfrage: `limit` verlangt mehr Zeilen, als eine Seite hat. In einem Lauf: Ein Schritt wollte mehr von etwas, als ein Schritt haben darf, oder der Lauf hat so viele Schritte gemacht, wie ein Lauf darf.
    .kept = Nichts wurde geändert; von einem Schritt wurde nichts getan. Was frühere Schritte taten, bleibt.
    .next = Die Meldung nennt die Grenze. Verlangen Sie weniger, oder lassen Sie den Autor des Plugins mehrere Schritte daraus machen; Grenzen der Sandbox setzt der Betreiber.

made-before = Es wurde schon gemacht und wird nur einmal gezeigt
    .what = Eine Anfrage mit demselben `Idempotency-Key` hat dies schon gemacht. Was in der Antwort geheim war, kennt der Server nicht mehr.
    .kept = Was gemacht wurde, bleibt, wie es ist.
    .next = Wenn Sie das Geheimnis nicht haben: Löschen Sie das Gemachte, oder lassen Sie sein Geheimnis ändern, und verwenden Sie einen neuen Schlüssel.

missing-scope = Das Token darf das nicht
    .what = Das Token gilt, hat aber den Bereich nicht, den diese Adresse braucht.
    .next = Verwenden Sie ein Token mit dem Bereich, den die Meldung nennt, oder mit `admin`.

no-such-event = Der Strom hat dieses Ereignis nicht mehr
    .what = Der Strom sollte nach einem Ereignis weitergehen, das nicht im Protokoll steht: Vielleicht wurde eine Sicherung zurückgespielt.
    .next = Lesen Sie alles neu und folgen Sie dem Strom dann ohne `Last-Event-ID` und `after`.

no-such-method = Diese Adresse nimmt diese Methode nicht
    .what = Die Adresse gibt es, sie antwortet aber auf andere Methoden.
    .next = Die Kopfzeile `Allow` der Antwort nennt, was sie nimmt.

no-such-route = Diese Adresse gibt es nicht
    .what = Unter dieser Adresse antwortet nichts vom Server.
    .next = Prüfen Sie, wie sie geschrieben ist. `GET /v1/openapi.json` nennt jede Adresse der API.

no-such-thing = Etwas Genanntes ist nicht da
    .what = Die Anfrage, die Regel oder das Dokument nennt etwas vom Shop, das nicht da ist: Der Rest des Codes sagt, welcher Art, etwa `no-such-template`.
    .kept = Nichts wurde geändert; von einem Schritt wurde nichts getan.
    .next = Prüfen Sie Kennung oder Namen. Es kann inzwischen gelöscht oder umbenannt worden sein.

no-token = Die Anfrage hat kein Token
    .what = Diese Adresse antwortet nur dem, der ein Token zeigt.
    .next = Senden Sie `Authorization: Bearer rw_...`. Mit `rulewright token create` machen Sie eines.

not-found = Das ist nicht hier
    .what = Unter dieser Kennung oder diesem Namen gibt es nichts: Es wurde gelöscht, die Adresse ist falsch, oder es gehört zu einem anderen Shop. Eine Quelle von Plugins sagt dasselbe von dem, was sie nicht hat.
    .next = Suchen Sie danach, oder sehen Sie in seiner Liste nach. Bei einem Plugin prüfen Sie Namen, Tag und Adresse.

not-json = Der Inhalt sagt nicht, dass er JSON ist
    .what = Diese Adresse nimmt JSON, und `Content-Type` sagt etwas anderes.
    .next = Senden Sie `Content-Type: application/json`.

not-wasm = Der Inhalt sagt nicht, dass er eine Komponente ist
    .what = Diese Adresse nimmt die Komponente eines Plugins, und `Content-Type` sagt etwas anderes.
    .next = Senden Sie `Content-Type: application/wasm`.

nothing-to-change = Nichts ist genannt, das sich ändern soll
    .what = Der Inhalt stimmt, nennt aber nichts, das danach anders wäre.
    .next = `hint` sagt, was genannt werden kann.

operator-only = Das darf nur der Betreiber
    .what = Was verlangt wird, betrifft jeden Shop des Servers, deshalb darf es kein Token eines Shops.
    .next = Tun Sie es auf der Maschine, auf der die Daten liegen, mit `--data DIR`.

orders-not-shown = Das Token darf Aufträge nicht sehen
    .what = Die Antwort würde Daten eines Auftrags zeigen, und dem Token fehlt der Bereich dafür.
    .next = Verwenden Sie ein Token, das auch den Bereich `orders-read` hat.

overloaded = Im Augenblick ist zu viel zu tun
    .what = Es wartet mehr, als der Server bald erledigen kann, und dieser Shop hat seinen Anteil daran schon. Die Meldung sagt, wovon es zu viel ist.
    .kept = Hiervon wurde nichts getan. Was vorher angenommen wurde, wird erledigt.
    .next = Senden Sie es nach dem, was `Retry-After` sagt, noch einmal, über die API mit demselben `Idempotency-Key`. Lesen und Einstellungen gehen weiter. Bleibt es so, zeigt `rulewright_backlog` in `/metrics`, was wartet.

package-signature = Die Signatur des Pakets ist nicht zu lesen
    .what = `Package-Signature` ist kein base64.
    .next = Senden Sie die ganze `.sig`-Datei in base64: `base64 -w0 greet.wasm.sig`.

path = In der Adresse steht eine falsche Kennung
    .what = Ein Teil der Adresse hat nicht die Form, die er haben muss.
    .next = Kennungen sind ein Kürzel und eine Zahl, etwa `ord_42`. Nehmen Sie sie aus einer früheren Antwort.

query = Die Adresse verlangt etwas, das es nicht gibt
    .what = Ein Parameter nach dem `?` ist unbekannt, steht zweimal da oder hat einen Wert, den er nicht haben kann.
    .next = Die Meldung nennt ihn. `GET /v1/openapi.json` nennt die Parameter jeder Adresse.

shutting-down = Der Server wird beendet
    .what = Der Server schließt ab, was er in der Hand hat, und beginnt nichts Neues.
    .next = Versuchen Sie es gleich noch einmal, über die API mit demselben `Idempotency-Key`. Eine Installation muss neu begonnen werden.

sign-in = E-Mail oder Passwort ist falsch
    .what = Es gibt kein Konto mit dieser E-Mail und diesem Passwort, oder das Konto ist gesperrt.
    .kept = Niemand wurde angemeldet.
    .next = Geben Sie beides noch einmal ein. Ein Inhaber des Shops kann ein neues Passwort setzen, ebenso `rulewright account password`.

signed-out = Sie sind abgemeldet
    .what = Die Sitzung ist zu Ende, oder jemand hat sich in diesem Browser neu angemeldet.
    .kept = Was Sie gespeichert hatten, bleibt. Was Sie gerade schrieben, wurde nicht gesendet.
    .next = Melden Sie sich an, dann kommen Sie zu der Seite zurück.

slow-body = Der Inhalt kam zu langsam
    .what = Die Anfrage begann, und ihr Inhalt kam nicht in der Zeit, die er hat.
    .next = Senden Sie den ganzen Inhalt auf einmal. Mit demselben `Idempotency-Key` geschieht nichts zweimal.

source = Das ist keine Quelle eines Plugins
    .what = Was genannt ist, ist weder eine Kennung im Marktplatz noch eine Referenz in einer Registry noch eine Adresse.
    .next = Schreiben Sie es als `acme.greet`, `registry.example/acme/greet:1.2.0` oder `https://example.com/greet.wasm`.

storage = Die Daten waren nicht zu lesen oder zu schreiben
    .what = Die Datenbank tat nicht, was sie sollte: Die Platte kann voll oder defekt sein. Das Protokoll des Servers sagt mehr.
    .kept = Nichts vom Verlangten wurde geändert, und was vorher gespeichert war, bleibt.
    .next = Versuchen Sie es gleich noch einmal. `rulewright doctor` prüft Platte und Datenverzeichnis.

timeout = Es kam keine Antwort in der Zeit
    .what = Der Server, oder die gefragte Registry, hat nicht in der Zeit geantwortet, die dafür da ist.
    .kept = Eine Anfrage an diesen Server kann noch ausgeführt werden. Installiert wurde nichts.
    .next = Wiederholen Sie es, über die API mit demselben `Idempotency-Key`, damit nichts zweimal geschieht. Bei einer Registry später.

too-large = Es ist zu groß
    .what = Ein Inhalt, eine Datei oder ein Plugin hat mehr Bytes, als angenommen werden.
    .next = Senden Sie weniger: 1 MiB, 2 MiB für die Datei einer Vorlage, 32 MiB für ein Plugin.

too-many-requests = Mehr Anfragen, als ein Token senden darf
    .what = Mit einem Token kamen mehr Anfragen, als der Server von ihm annimmt.
    .kept = Von dieser Anfrage wurde nichts gelesen, und nichts von ihr ist geschehen.
    .next = Wiederholen Sie sie nach so vielen Sekunden, wie `Retry-After` sagt, mit demselben `Idempotency-Key`. Der Betreiber setzt die Grenze unter `[door]` in den Einstellungen.

too-many-tries = Zu viele falsche Passwörter
    .what = Für diese E-Mail wurden falsche Passwörter eingegeben. Das Konto wartet, jedes Mal länger, höchstens eine Viertelstunde.
    .kept = Niemand wurde angemeldet, und das Passwort ist, was es war.
    .next = Warten Sie und geben Sie dann beides noch einmal ein. Ein Inhaber des Shops kann ein neues Passwort setzen.

too-many-wrong-secrets = Zu viele falsche Tokens, Codes oder Signaturen von einer Adresse
    .what = Von der Adresse des Aufrufers kam ein falsches Token, ein falscher Code oder eine falsche Signatur nach der anderen.
    .kept = Nichts wurde geöffnet. Was richtig ist, gilt sofort, auch von dieser Adresse.
    .next = Tragen Sie das Richtige in die Einstellungen dessen ein, was anfragt, und warten Sie so viele Sekunden, wie `Retry-After` sagt.

unavailable = Der Server konnte das gerade nicht
    .what = Etwas, das der Server selbst braucht, war einen Moment lang nicht da: Platz für einen weiteren Schritt, Zufallszahlen, ein Thread.
    .kept = Nichts wurde geändert. Ein Lauf versucht es von selbst noch einmal.
    .next = Versuchen Sie es gleich noch einmal. Bleibt es so, prüft `rulewright doctor` die Maschine.

unreadable = Das Formular war nicht zu lesen
    .what = Dem Gesendeten fehlt ein Feld, oder es hat eines, das es nicht geben kann: Keine Seite der Konsole sendet so ein Formular.
    .next = Laden Sie die Seite neu und wiederholen Sie es.

wrong-setup-code = Das ist nicht der Einrichtungscode
    .what = Der Code ist nicht der, den das Programm beim letzten Start ausgegeben hat. Jeder Start hat einen neuen.
    .kept = Nichts wurde gespeichert, und der Server wartet weiter auf seinen ersten Inhaber.
    .next = Nehmen Sie den Code des Links, den das Programm ausgegeben hat. Bei einem neuen Start gibt es einen neuen aus.
