# Automatisierung: Phasen mit Auslösern und Regeln, ihre Formulare, Probelauf, Veröffentlichen.

automation-of = Automatisierung · { $pipeline }
automation-stages = Phasen
automation-settings = Einstellungen
automation-triggers = Auslöser
automation-rules = Regeln
automation-no-triggers = Nichts bringt Aufträge von selbst hierher.
automation-no-rules = Nichts geschieht, wenn ein Auftrag hierher kommt.
automation-add-trigger = Auslöser hinzufügen
automation-add-rule = Regel hinzufügen
automation-published = Veröffentlicht, Revision { $revision }
automation-changes = { $count ->
    [one] Entwurf, 1 Änderung
   *[other] Entwurf, { $count } Änderungen
}

rule-shadow = Schatten: aufgezeichnet, nicht gesendet
rule-off = Ausgeschaltet
rule-not-in-plan = Nicht im Tarif des Shops
rule-no-plugin = { $plugin } ist nicht installiert

# Eine Regel und ein Auslöser als Satz. { $events } ist ein Nebensatz wie in "Wenn eine Zahlung eingeht".
summary-now = Beim Eintritt in { $stage }
summary-after = { $length } nach dem Eintritt in { $stage }
summary-on = Am Tag von { $field }
summary-before = { $length } vor { $field }
summary-past = { $length } nach { $field }
summary-at = Am { $time }
summary-time-of-day = Um { $time } nach dem Eintritt in { $stage }
summary-rule = { $when }: { $rule }
summary-rule-with = { $when }: { $rule } – { $settings }
summary-setting = { $title } „{ $value }“
summary-if = { $sentence }, wenn gilt: { $condition }
summary-trigger = Wenn { $events }, nach { $stage } verschieben
summary-trigger-with = Wenn { $events }, nach { $stage } verschieben – { $settings }
summary-trigger-unknown = Verschiebt nach { $stage }
trigger-previous-on = Wechsel in eine frühere Phase: an
trigger-previous-off = Wechsel in eine frühere Phase: aus
# Von den versuchten Läufen einer Regel: { $rate } ist "12 %".
rule-fails = { $rate } von { $runs } { $count ->
    [one] Lauf
   *[other] Läufen
} in 7 Tagen fehlgeschlagen

summary-event-application-trigger = eine Anwendung es meldet
summary-event-call-incoming = der Kunde anruft
summary-event-call-missed = ein Anruf verpasst wurde
summary-event-callback-requested = der Kunde um Rückruf bittet
summary-event-chat-message-received = der Kunde im Chat schreibt
summary-event-client-changed = sich die Kundenkarte ändert
summary-event-date-reached = ein Datum des Auftrags erreicht ist
summary-event-document-created = ein Dokument erstellt wird
summary-event-document-opened = der Kunde ein Dokument öffnet
summary-event-form-submitted = ein Formular eingeht
summary-event-mail-link-clicked = der Kunde einem Link in einer E-Mail folgt
summary-event-mail-received = der Kunde eine E-Mail schreibt
summary-event-mail-viewed = der Kunde eine E-Mail öffnet
summary-event-message-sent = eine Nachricht gesendet wurde
summary-event-order-canceled = der Auftrag storniert wird
summary-event-order-clients-changed = der Auftrag einen anderen Kunden bekommt
summary-event-order-created = der Auftrag angelegt wird
summary-event-order-fields-changed = sich ein Feld des Auftrags ändert
summary-event-order-responsible-changed = jemand anders verantwortlich wird
summary-event-payment-received = eine Zahlung eingeht
summary-event-schedule-due = der Zeitplan es vorsieht
summary-event-shipment-added = eine Sendung hinzukommt
summary-event-shipment-approved = eine Lieferung freigegeben wird
summary-event-shipment-shipped = eine Sendung abgeht
summary-event-shipment-tracking-added = eine Sendungsnummer hinzukommt
summary-event-shipment-updated = sich eine Sendung ändert
summary-event-visit-started = der Kunde in den Laden kommt
summary-event-visitor-returned = ein Besucher auf die Website zurückkehrt
summary-event-webhook-received = ein anderes System anruft

search = Suche
catalogue-none = Nichts mit diesem Namen. Vielleicht hat es der Marktplatz.

part-rule = Regel
part-trigger = Auslöser
part-name = Name
part-needs-name = Geben Sie einen Namen ein.
part-active = Eingeschaltet
part-when = Wann sie läuft
part-save = In den Entwurf speichern
part-unchecked = Nicht geprüft und nicht gespeichert: keine Verbindung. Was Sie geschrieben haben, bleibt hier.
part-shadow = Schattenbetrieb
part-shadow-help = Läuft mit echten Ereignissen. Was zu tun wäre, wird aufgezeichnet und nicht getan.
part-allow-previous = Holt auch Aufträge aus späteren Phasen zurück
part-by-rules = Hört auch Änderungen, die Regeln machen
part-which = Aufträge, um die es bei einem Ereignis ohne Auftrag geht
part-which-all = Alle des Kunden
part-which-newest = Nur der neueste
part-sample = Probiert mit
part-meanwhile = Gespeichert, seit Sie dies geöffnet haben:
part-reload = Ansehen, was gespeichert ist, ohne Ihre Änderungen
part-up = Nach oben
part-down = Nach unten
part-copy = Kopieren
part-copy-name = { $name } (Kopie)
part-to-stage = Zielstufe
part-to = Nach { $stage }
part-move = Verschieben
part-remove = Entfernen
part-remove-confirm = { $name } aus dem Entwurf entfernen? Was läuft, ändert sich erst mit dem Veröffentlichen.
offer-responsible = Verantwortlicher des Auftrags

dry-run = Probelauf
dry-run-first = Erst ein Probelauf
dry-run-title = Probelauf · { $pipeline }
dry-run-stage = Phase
dry-run-rule = Regel
dry-run-all-rules = Alle Regeln der Phase
dry-run-order = Auftragsnummer
dry-run-now = Zu dieser Zeit
dry-run-published = Das Veröffentlichte statt des Entwurfs
dry-run-go = Probieren
dry-run-no-order = In dieser Pipeline ist noch kein Auftrag.
dry-run-no-such-order = Den Auftrag { $order } gibt es nicht.
dry-run-nothing-sent = Nichts wurde gesendet.
dry-run-explained = Die Regeln liefen in der Sandbox auf einer Kopie des Auftrags. Keine Nachricht ging hinaus, nichts wurde gespeichert.
dry-run-elsewhere = Der Auftrag steht woanders. Er wurde genommen, als wäre er eben hierher gekommen.
dry-run-no-rules = Diese Phase hat keine Regeln.
dry-run-order-after = Der Auftrag danach
dry-run-then = Dann:
dry-runs = Würde laufen
dry-condition-false = Bedingung nicht erfüllt
dry-skipped = Nichts zu tun
dry-waits = Würde warten
dry-unusable = Kann nicht beginnen
dry-failed = Würde fehlschlagen
dry-stopped = Von einer Grenze gestoppt
dry-asks-server = Fragt einen Server
dry-asks-server-what = Sie würde einen Server fragen. Nichts wurde gesendet, darum ist nicht bekannt, was folgt.
dry-cancelled = Würde gestoppt
dry-until = Bis
dry-step = Schritt { $step }
dry-usage = { $fuel } von { $limit } Treibstoff, { $memory } Speicher, { $time }
dry-settings = Einstellungen mit eingesetzten Werten
dry-not-sent = Nicht gesendet

run-now = Jetzt ausführen
run-now-open = Für vorhandene Aufträge ausführen
run-now-title = { $rule } für vorhandene Aufträge ausführen
run-now-here = { $here ->
    [one] 1 Auftrag ist
   *[other] { $here } Aufträge sind
} in { $stage }. Für { $never } davon ist diese Regel seit der Ankunft nicht gelaufen.
run-now-explained = Aufträge, für die sie gelaufen ist, bleiben unberührt. Bedingungen und Wartezeiten gelten wie immer.
run-now-confirm = { $rule } für { $count ->
    [one] 1 Auftrag
   *[other] { $count } Aufträge
} ausführen? Was gesendet wird, ist nicht zurückzuholen.
run-now-start = Für { $count ->
    [one] 1 Auftrag
   *[other] { $count } Aufträge
} ausführen

publish-changes = { $count ->
    [one] 1 Änderung veröffentlichen
   *[other] { $count } Änderungen veröffentlichen
}
publish-title = Veröffentlichen · { $pipeline }
publish-nothing = Der Entwurf ist schon veröffentlicht.
publish-orders-stay = Aufträge, die schon in einer Phase stehen, führen Regeln nicht aus, die jetzt hinzukommen.
publish-reaches = Gilt für etwa { $count ->
    [one] { $orders } neuen Auftrag
   *[other] { $orders } neue Aufträge
} am Tag.
publish-reaches-few = Gilt für weniger als 1 neuen Auftrag am Tag.
publish-reaches-none = In den letzten 30 Tagen kam kein Auftrag hierher.
publish-late = { $count ->
    [0] Noch steht kein Auftrag in { $stage }.
    [one] { $orders } Auftrag, der schon in { $stage } steht, führt { $rules ->
        [one] sie
       *[other] diese
    } nicht aus.
   *[other] { $orders } Aufträge, die schon in { $stage } stehen, führen { $rules ->
        [one] sie
       *[other] diese
    } nicht aus.
}
publish-issues = { $count ->
    [one] Eine Sache ist vorher zu beheben
   *[other] { $count } Sachen sind vorher zu beheben
}
publish-pending = { $count ->
    [one] 1 Lauf einer Regel, die wegfällt, ist nicht zu Ende
   *[other] { $count } Läufe von Regeln, die wegfallen, sind nicht zu Ende
}
publish-finish = Zu Ende laufen lassen
publish-cancel = Stoppen
edited-added = Hinzugefügt:
edited-changed = Geändert:
edited-moved = Verschoben:
edited-removed = Entfernt:

history = Verlauf
history-title = Verlauf · { $pipeline }
history-none = Noch ist nichts veröffentlicht.
history-revision = Revision { $revision }
history-since = Seither im Entwurf geändert
history-same = Der Entwurf ist derselbe.
history-restore = In den Entwurf zurückholen
history-restore-confirm = Den Entwurf durch Revision { $revision } ersetzen? Was läuft, ändert sich erst mit dem Veröffentlichen.
history-whole = Die ganze Revision als JSON
