# Die Formulare von Regeln und Auslösern.

form-required = erforderlich
form-show = Anzeigen
form-choose = Auswählen
form-not-chosen = Nicht ausgewählt
form-name = Name
form-value = Wert
form-nothing = nichts
form-gone = { $name } (gibt es nicht mehr)
form-secret-kept = Gespeichert. Zum Ersetzen hier schreiben.

form-problems = { $count ->
    [one] Vor dem Speichern ist eine Angabe zu ändern
   *[other] Vor dem Speichern sind { $count } Angaben zu ändern
}
form-no-number = Eine Zahl eingeben, zum Beispiel 12,5.
form-no-whole-number = Eine ganze Zahl eingeben, zum Beispiel 12.
form-no-duration = Eine Zahl mit Einheit eingeben, zum Beispiel 30min, 2h oder 1d 4h.
form-no-money = Einen Betrag eingeben, zum Beispiel 12,50.
form-no-time = Tag und Uhrzeit auswählen.
form-no-time-of-day = Eine Uhrzeit eingeben, zum Beispiel 09:30.
form-no-date-field = Ein Datum des Auftrags auswählen.
form-between = Von { $min } bis { $max }.
form-at-least = Mindestens { $min }.
form-at-most = Höchstens { $max }.
form-json = Als JSON geschrieben.

form-line = { $name }, Zeile { $number }
form-add = Zu { $name } hinzufügen
form-remove = { $name } entfernen
form-move-up = { $name } nach oben
form-move-down = { $name } nach unten
form-no-lines = Noch nichts vorhanden.

form-kind-string = Text
form-kind-integer = Ganze Zahl
form-kind-number = Zahl
form-kind-boolean = Ja oder nein
form-kind-array = Mehrere
form-kind-object = Teile

form-insert = Feld einfügen
form-fields = Felder zum Einfügen
form-filter-fields = Feld suchen
form-no-fields = Kein Feld passt.
form-preview = Bei der Beispielbestellung:
form-empty-fields = Bei der Beispielbestellung leer: { $fields }.
form-characters = { $count } Zeichen
form-characters-of = { $count } von { $most } Zeichen
form-sms = { $parts ->
    [one] 1 Nachricht ({ $alphabet })
   *[other] { $parts } Nachrichten ({ $alphabet })
}

form-resolved = Bei der Beispielbestellung: { $time } ({ $zone })
form-resolved-now = Bei der Beispielbestellung: sofort
form-resolved-parked = Bei der Beispielbestellung: sobald das Datum eingetragen ist
form-after-date = { $length } nach dem Datum
form-before-date = { $length } vor dem Datum

form-condition = Nur wenn
form-condition-help = Ohne Bedingung läuft sie immer.
form-condition-met = Was davon zutreffen muss
form-condition-all = Alle treffen zu
form-condition-any = Mindestens eine trifft zu
form-condition-row = Bedingung { $number }
form-condition-add = Bedingung hinzufügen
form-condition-add-group = Gruppe hinzufügen
form-condition-field = Feld
form-condition-operator = Vergleich
form-condition-value = Wert
form-condition-values = Werte, einer je Zeile
form-condition-from = Von
form-condition-to = Bis
form-condition-true = Trifft zu
form-condition-false = Trifft nicht zu
form-condition-unknown = Nicht bekannt
form-condition-is = ist { $value }
form-condition-json = Bedingung als JSON
form-condition-as-json = Als JSON schreiben
form-condition-as-rows = Als Zeilen anzeigen
form-condition-deep = Die Gruppen sind zu tief verschachtelt, um sie als Zeilen anzuzeigen.
form-operator-equals = ist
form-operator-not-equals = ist nicht
form-operator-contains = enthält
form-operator-not-contains = enthält nicht
form-operator-filled = ist ausgefüllt
form-operator-empty = ist leer
form-operator-greater-than = ist mehr als
form-operator-at-least = ist mindestens
form-operator-less-than = ist weniger als
form-operator-at-most = ist höchstens
form-operator-in = ist eines von
form-operator-between = liegt zwischen

form-way = Ausführung
form-way-after-previous = Nach der Regel darüber
form-way-parallel = Parallel
form-previous-failed = Wenn die Regel darüber gescheitert ist
form-previous-failed-stop = Nicht ausführen
form-previous-failed-run-anyway = Trotzdem ausführen
form-run-time = Zeitpunkt
form-run-immediately = Sofort
form-run-after = Nach einiger Zeit
form-run-at-field = Vor oder nach einem Datum des Auftrags
form-run-at = Zu einem Datum mit Uhrzeit
form-run-at-time-of-day = Zur nächsten Uhrzeit
form-run-length = Wie lange danach
form-run-offset = Wie lange
form-run-length-help = Eine Zahl mit Einheit: 30min, 2h, 1d 4h.
form-run-side = Vorher oder nachher
form-run-before-field = vor
form-run-after-field = nach
form-run-field = Datum
form-run-time-at = Datum und Uhrzeit
form-run-time-of-day = Uhrzeit
form-working-hours = Nur zu Arbeitszeiten
form-working-days = Nicht an freien Tagen
form-responsible-hours = Nur solange die zuständige Person arbeitet

# In wenigen Worten: was eine Regel tut, für den, der es liest.
condition-and = { $first } und { $second }
condition-or = { $first } oder { $second }
length-days = { $count ->
    [one] 1 Tag
   *[other] { $count } Tage
}
length-hours = { $count ->
    [one] 1 Stunde
   *[other] { $count } Stunden
}
length-minutes = { $count ->
    [one] 1 Minute
   *[other] { $count } Minuten
}
length-seconds = { $count ->
    [one] 1 Sekunde
   *[other] { $count } Sekunden
}
