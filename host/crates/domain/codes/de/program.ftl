# Was Befehlszeile und Server von ihren Einstellungen und Daten sagen.

-area = Das Programm und seine Daten
    .kept = Nichts wurde geändert.

canceled = Jemand hat es abgebrochen
    .what = Die Installation, der der Befehl folgte, wurde von jemand anderem abgebrochen.
    .kept = Nichts wurde installiert. Eine benutzte Version läuft weiter.
    .next = Beginnen Sie noch einmal, wenn Sie es noch wollen.

certificate = Das Zertifikat lässt sich nicht verwenden
    .what = Die Kette oder ihr Schlüssel ist nicht da, ist kein PEM, oder beide gehören nicht zusammen.
    .kept = Der Server ist nicht gestartet, oder er macht mit dem vorigen Zertifikat weiter.
    .next = Prüfen Sie die Dateien von `--tls-cert` und `--tls-key`. `docs/tls.md` sagt, was sie enthalten.

data = Das Datenverzeichnis lässt sich nicht verwenden
    .what = Es lässt sich nicht anlegen oder öffnen, oder ein Server hält es.
    .next = Nennen Sie es mit `--data DIR`. Hält ein Server es, sprechen Sie mit dem Server: `--server URL --token TOKEN`.

failed = Es ging nicht
    .what = Etwas vom System tat nicht, was es sollte. Die Meldung sagt, was gerade geschah.
    .next = Derselbe Befehl mit `--log debug` sagt mehr. `rulewright doctor` prüft Maschine und Daten.

listen = Der Server kann dort nicht lauschen
    .what = Die Adresse ist von einem anderen Programm belegt oder gehört nicht zu dieser Maschine.
    .kept = Der Server ist nicht gestartet.
    .next = Wählen Sie eine andere. `--listen 127.0.0.1:0` nimmt einen freien Port.

no-data = In dem Verzeichnis sind keine Daten
    .what = Der Befehl arbeitet mit den Daten eines Shops, und in diesem Verzeichnis sind keine.
    .next = Nennen Sie es mit `--data DIR`, oder legen Sie mit `rulewright serve` eines an.

no-shop = Es gibt noch keinen Shop
    .what = Das Datenverzeichnis ist da, und kein Shop ist darin.
    .next = `rulewright serve` legt in einem leeren Datenverzeichnis einen an.

no-such-file = Diese Datei gibt es nicht
    .what = Die genannte Datei ist nicht da.
    .next = Prüfen Sie den Pfad: Er beginnt im aktuellen Ordner.

not-agreed = Niemand hat zugestimmt
    .what = Der Befehl stellte eine Frage, und sie wurde mit Nein beantwortet, oder niemand konnte antworten.
    .next = Sagen Sie Ja, oder verwenden Sie `--yes`, wo niemand antworten kann. Was auf Einwilligung wartet, lässt sich später annehmen.

not-readable = Die Datei ist nicht zu lesen
    .what = Die genannte Datei ist da, und das System gibt sie dem nicht, der den Befehl ausführt.
    .next = Lassen Sie diesen Benutzer sie lesen.

not-writable = In die Daten darf nicht geschrieben werden
    .what = Wer das Programm ausführt, darf nicht in das Datenverzeichnis oder in eine Datei darin schreiben, oder es liegt auf einem Dateisystem, das nur zu lesen ist. Lesen genügt nicht, auch nicht für einen Blick.
    .next = Lassen Sie diesen Benutzer in das Verzeichnis und alles darin schreiben, oder nennen Sie mit `--data DIR` ein anderes.

other-shop = Das Verzeichnis gehört zu einem anderen Shop
    .what = Die Demo sollte in ein Datenverzeichnis, das ein echter Shop benutzt.
    .next = Nennen Sie mit `--data DIR` ein anderes Verzeichnis.

plain-http = Es würde unverschlüsselt lauschen
    .what = Die Adresse ist für andere erreichbar, und es gibt kein Zertifikat: Tokens und Passwörter würden offen reisen.
    .kept = Der Server ist nicht gestartet.
    .next = Geben Sie `--tls-cert` und `--tls-key` an, oder lauschen Sie auf `127.0.0.1` hinter einem Proxy, der verschlüsselt. Siehe `docs/tls.md`.

sample = Der Shop ließ sich nicht mit Beispielen füllen
    .what = Aufträge und eine Automatisierung zum Umsehen sollten entstehen, und etwas davon wurde abgelehnt.
    .kept = Der Shop ist da. Von den Beispielen bleibt, was vorher entstand.
    .next = Machen Sie ohne Beispiele weiter. Die Meldung sagt, was ihnen entgegenstand: Bitte melden Sie es.

secret-key = Der Schlüssel zu den Geheimnissen fehlt
    .what = Geheimnisse in der Datenbank sind versiegelt, und die Datei mit dem Schlüssel ist nicht da, nicht zu lesen, oder es steht ein anderer darin. Die Meldung nennt den Schlüssel, der gebraucht wird.
    .kept = Es wurde nichts geöffnet und nichts geändert.
    .next = Legen Sie die Datei mit diesem Schlüssel als `secret.key` in das Datenverzeichnis, oder nennen Sie sie mit `--key-file FILE`. Eine Sicherung braucht den Schlüssel ihrer Zeit. Ohne ihn sind die Geheimnisse verloren: siehe `docs/operating.md`.

some-refused = Einige Aufträge wurden abgelehnt
    .what = Zeilen der Datei waren nicht zu lesen, oder der Shop lehnt ab, was sie sagen. Jede ist mit ihrem Grund genannt.
    .kept = Die anderen sind übernommen und bleiben.
    .next = Berichtigen Sie diese Zeilen und lesen Sie die Datei noch einmal ein: Was übernommen wurde, wird nicht zweimal übernommen.

stopped = Es wurde gestoppt
    .what = Jemand hat das Abspielen vor seinem Ende gestoppt.
    .kept = Was abgespielt wurde, bleibt.
    .next = Derselbe Befehl macht da weiter, wo er war.

usage = Der Befehl ist nicht richtig geschrieben
    .what = Ein Schalter, ein Argument oder eine Einstellung ist unbekannt, fehlt oder hat einen Wert, den sie nicht haben kann.
    .next = `rulewright help COMMAND` nennt, was er nimmt. Einstellungen stehen in `docs/cli.md`.
