# Wie es der Automatisierung geht: Hinweise und Zahlen. Und ein Entwurf, mit vielen Aufträgen probiert.

health-ranges = Zeitraum
health-hour = 1 Stunde
health-day = 24 Stunden
health-week = 7 Tage
health-month = 30 Tage
health-none-hour = In der letzten Stunde endete kein Lauf.
health-none-day = In den letzten 24 Stunden endete kein Lauf.
health-none-week = In den letzten 7 Tagen endete kein Lauf.
health-none-month = In den letzten 30 Tagen endete kein Lauf.
health-none-failed = In dieser Zeit schlug keine Regel fehl.
health-not-live = Dieser Zeitraum läuft nicht live mit. Stand:

health-as-table = Als Tabelle
health-table-of = { $title }, als Tabelle
health-runs = Läufe
health-failures = Fehlerquote
health-durations = Dauer
health-queue = Wartet jetzt
health-channels = Nachrichten nach Kanal, aller Zeiten
health-worst = Regeln, die am häufigsten fehlschlagen

health-runs-ended = Beendete Läufe
health-p95-long = 95 von 100 dauerten höchstens
health-open = Offene Läufe
health-unsent = Noch nicht gesendete Nachrichten
health-from = Ab
health-total = Summe
health-tried = Erledigt oder fehlgeschlagen
health-rate = Quote
health-what = Was
health-count = Anzahl
health-p50 = p50
health-p95 = p95
health-p99 = p99
health-took = Bereit bis beendet
health-busy = In der Sandbox
health-durations-help = Die Hälfte der Läufe dauerte höchstens p50, 95 von 100 höchstens p95, 99 von 100 höchstens p99. Worauf eine Regel wartet, zählt nicht.
health-oldest-ready = Am längsten bereit, seit
health-oldest-unsent = Älteste Nachricht, eingereiht

# $when ist ein Zeitpunkt oder ein Tag; die anderen sind Anzahlen von Läufen.
health-runs-at = { $when }: { $done } erledigt, { $failed } fehlgeschlagen, { $skipped } übersprungen, { $cancelled } gestoppt
health-runs-summary = { $all } Läufe: { $done } erledigt, { $failed } fehlgeschlagen, { $skipped } übersprungen, { $cancelled } gestoppt
health-rate-at = { $when }: { $rate } fehlgeschlagen ({ $failed } von { $tried })
health-rate-summary = { $rate } der Läufe, die etwas zu tun hatten, schlugen fehl. Zur schlechtesten Zeit: { $highest }.
health-failed-of = { $failed } von { $tried } ({ $rate })

note-title = Sehen Sie sich an
note-all-well = Alles in Ordnung
note-none = Es gibt nichts anzusehen.
note-since = seit
note-silent = Seit { $days ->
    [one] 1 Tag
   *[other] { $days } Tagen
} ist nichts gelaufen. Üblich sind { $usual } Läufe am Tag.
note-plugin-fails = { $plugin } schlug in den letzten zwei Tagen in { $rate } der Fälle fehl.
note-plugin-fails-since = { $plugin } schlägt seit Version { $version } in { $rate } der Fälle fehl.
note-failed-of = Das sind { $failed } von { $tried } Läufen.
note-usual = Üblich: { $usual }.
note-outbox-stuck = { $count ->
    [one] 1 Nachricht wartet darauf, gesendet zu werden: { $channel }.
   *[other] { $count } Nachrichten warten darauf, gesendet zu werden: { $channel }.
}
note-dead-letters = { $count ->
    [one] 1 Nachricht wurde binnen eines Tages aufgegeben: { $channel }.
   *[other] { $count } Nachrichten wurden binnen eines Tages aufgegeben: { $channel }.
}
note-mailbox-trouble = Das Postfach { $address } lässt sich nicht abrufen.
note-plugin-paused = { $plugin } ist angehalten: Zuletzt brach jeder Lauf ab. Die Läufe warten, keiner geht verloren.
note-see-runs = Läufe ansehen
note-see-failed = Fehlgeschlagene Läufe ansehen
note-see-messages = Nachrichten ansehen
note-see-mailbox = Postfach ansehen
note-see-plugin = Plugin ansehen
note-mute = Für einen Tag stumm
note-acknowledge = Für 30 Tage zur Kenntnis genommen
note-unmute = Wieder zeigen
note-muted = { $count ->
    [one] 1 stummer Hinweis
   *[other] { $count } stumme Hinweise
}
note-muted-by = Stumm durch { $by } bis

simulate = Simulieren
simulate-title = Simulieren · { $pipeline }
simulate-explained = Der Entwurf wird mit vergangenen Aufträgen probiert, ebenso das Veröffentlichte. Nichts wird gesendet, nichts gespeichert.
simulate-no-rules = Der Entwurf hat noch keine Regeln.
simulate-of = Was probiert wird
simulate-all-rules = Alle Regeln von { $stage }
simulate-last = Letzte Aufträge
simulate-go = Probieren
simulate-which = Die Aufträge, die in der Phase stehen oder in sie kamen, die neuesten zuerst.
simulate-again = Noch einmal probieren
simulate-failed = Nicht fertig geworden
simulate-progress = { $done } von { $total } Aufträgen
simulate-no-orders = Kein Auftrag steht in dieser Phase oder kam in sie.
simulate-orders = { $count ->
    [one] 1 Auftrag wurde probiert.
   *[other] { $count } Aufträge wurden probiert.
}
simulate-different = { $count ->
    [0] Für alle kommt dasselbe heraus wie mit dem Veröffentlichten.
    [one] Für 1 davon kommt anderes heraus als mit dem Veröffentlichten.
   *[other] Für { $count } davon kommt anderes heraus als mit dem Veröffentlichten.
}
simulate-verdicts = Was die Regeln tun würden
simulate-effects = Wirkungen nach Art
simulate-no-effects = Keine Wirkungen.
simulate-compared = Veröffentlicht
simulate-published = (jetzt { $count })
simulate-new = Neu im Entwurf
simulate-gone = Nur veröffentlicht
simulate-other = Anders
simulate-same = Gleich
simulate-differences = Aufträge, für die anderes herauskommt
simulate-differences-help = Jeder öffnet einen Probelauf des Entwurfs mit diesem Auftrag.
simulate-more = Und { $count } weitere.
