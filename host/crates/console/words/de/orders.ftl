# Aufträge: Tafel und Liste einer Pipeline, ein Auftrag, und Arbeiten an vielen.

order-new = Neuer Auftrag
order-number = Nummer
order-title = Titel
order-client = Kunde
order-pipeline = Pipeline
order-stage = Phase
order-responsible = Zuständig
order-nobody = Niemand
order-total = Summe
order-currency = Währung
order-age = In der Phase seit
order-automation = Automatisierung
order-late = Überfällig
order-unpaid = unbezahlt
order-canceled = storniert

orders-search = Suchen
orders-search-help = Nummer, Titel, Kunde
orders-anybody = Alle
orders-any-stage = Alle Phasen
orders-failed = Automatisierung fehlgeschlagen
orders-apply = Anzeigen
orders-as-list = Als Liste
orders-as-board = Als Tafel
orders-table = Aufträge
orders-none = Noch keine Aufträge. Sie kommen aus dem Shop, aus Formularen und von Programmen.
orders-none-found = Kein Auftrag passt.
orders-no-pipeline = Aufträge stehen in den Phasen einer Pipeline, und es gibt noch keine.
orders-no-pipeline-next = Pipeline anlegen

board-label = Phasen mit ihren Aufträgen
board-count = { $count ->
    [one] 1 Auftrag
   *[other] { $count } Aufträge
}
board-none = Keine Aufträge
board-none-found = Keiner passt
board-waits = Wartet { $span }
board-move = Verschieben
board-how = Mit der Leertaste nehmen Sie die Karte auf, mit den Pfeilen bewegen Sie sie zwischen den Phasen, mit der Leertaste legen Sie sie ab, mit Escape kommt sie zurück.
board-picked = Auftrag { $card } ist aufgenommen, aus { $stage }.
board-over = Über { $stage }.
board-dropped = Auftrag { $card } ist in { $stage }.
board-back = Auftrag { $card } ist wieder in { $stage }.
board-lost = Der Auftrag wurde nicht verschoben: Es gibt keine Verbindung. Er steht wieder, wo er war.
move-title = Auftrag verschieben
move-preview = Was ein Verschieben auslöst
move-runs = { $count ->
    [one] Startet 1 Regel: { $rules }
   *[other] Startet { $count } Regeln: { $rules }
}
move-runs-nothing = Startet keine Regeln
move-dry-run = Probelauf

order-new-create = Auftrag anlegen
order-new-pipeline = Wählen Sie eine Pipeline des Shops.
order-new-client-help = Ein Name oder eine Kennung. Darf leer bleiben.
order-new-total-help = Leer: was die Positionen ergeben.
order-new-no-client = Es gibt keinen Kunden { $name }. Schreiben Sie einen anderen Namen, oder lassen Sie das Feld leer und ergänzen Sie den Kunden später.
order-new-clients = Mehrere Kunden heißen so: { $names }. Schreiben Sie die Kennung von einem.

bulk-title = Mehrere Aufträge ändern
bulk-choose = Auswählen
bulk-choose-one = { $number } auswählen
bulk-chosen = Die ausgewählten
bulk-all = Alle passenden, bis zu { $most }
bulk-move-to = Verschieben nach
bulk-assign-to = Zuweisen an
bulk-run = Regel ausführen
bulk-start = Starten
bulk-no-change = Wählen Sie eine Phase zum Verschieben, jemanden zum Zuweisen oder eine Regel zum Ausführen. Es wurde nichts geändert.
bulk-two-changes = Verschieben, zuweisen oder eine Regel ausführen: eines nach dem anderen. Es wurde nichts geändert.
bulk-none-chosen = Es ist kein Auftrag ausgewählt. Wählen Sie Zeilen der Liste oder alle passenden. Es wurde nichts geändert.

job-move = { $count ->
    [one] 1 Auftrag nach { $stage } verschieben
   *[other] { $count } Aufträge nach { $stage } verschieben
}
job-assign = { $count ->
    [one] 1 Auftrag an { $name } zuweisen
   *[other] { $count } Aufträge an { $name } zuweisen
}
job-run = { $count ->
    [one] { $rule } für 1 Auftrag ausführen
   *[other] { $rule } für { $count } Aufträge ausführen
}
job-too-many = In diesem Shop laufen { $most } Vorgänge, mehr sind nicht zugleich möglich. Warten Sie, bis einer fertig ist, oder halten Sie einen an. Es wurde nichts begonnen.
job-running = Läuft
job-stopped = Angehalten
job-done = Fertig
job-done-failures = Fertig, einige wurden abgelehnt
job-progress = Fortschritt
job-changed = Geändert
job-failed = Abgelehnt
job-left = Übrig
job-began = Begonnen
job-started = Gestartet
job-not-started = Nicht gestartet
job-had-run = Die Regel ist gelaufen, seit der Auftrag in die Phase kam.
job-elsewhere = Der Auftrag ist nicht in der Phase der Regel.
job-runs = Läufe dieser Regel zeigen
job-stop = Nach diesem Auftrag anhalten
job-download = Fehlschläge als CSV herunterladen

order-actions = Aktionen
order-assign = Zuweisen
order-pay = Als bezahlt verbuchen
order-approve = Lieferung freigeben
order-ship = Als versandt verbuchen
order-move-pipeline = In diese Pipeline verschieben
order-cancel = Auftrag stornieren
order-cancel-reason = Grund
order-cancel-sure = Auftrag { $number } stornieren? Seine Zahlungen bleiben, und Regeln, die auf eine Stornierung folgen, starten.
order-keep = Behalten
order-restore = Stornierung zurücknehmen
order-copy-id = Kennung kopieren
order-changed = Erledigt
workflow-start-one = Workflow starten: { $name }
workflow-start = Starten

order-facts = Daten
order-paid = Bezahlt
order-created = Angelegt
order-updated = Geändert
order-source = Quelle
order-tags = Schlagwörter
order-comments = Notiz
order-lines = Positionen
line-title = Artikel
line-sku = Artikelnummer
line-quantity = Menge
line-price = Preis
order-payments = Zahlungen
payment-amount = Betrag
payment-system = Weg
payment-paid = Eingegangen
payment-receive = Als eingegangen verbuchen
order-shipments = Sendungen
shipment-service = Dienst
shipment-tracking = Sendungsnummer
shipment-status = Stand
shipment-allowed = Freigegeben
shipment-shipped = Versandt

timeline-title = Verlauf
timeline-all = Alles
timeline-messages = Nachrichten
timeline-runs = Läufe
timeline-stage = Phase
timeline-empty = Noch nichts von dieser Art.
timeline-by = von
timeline-not-moved-past = Nicht verschoben: Der Auftrag ist schon über diese Phase hinaus ({ $stage })
timeline-not-moved-closed = Nicht verschoben: Der Auftrag ist gewonnen oder verloren ({ $stage })
comment-label = Kommentar
comment-add = Kommentar hinzufügen
comment-empty = Schreiben Sie etwas. Es wurde nichts hinzugefügt.
entry-comment = Kommentar
entry-payment = Zahlung
entry-stage-change = Phase
entry-document = Dokument
entry-message = Nachricht
entry-activity = Aktivität
entry-task = Aufgabe
entry-other = Notiz
entry-payment-received = { $amount } eingegangen
entry-message-sent = { $channel } gesendet
entry-message-delivered = { $channel } angekommen
entry-message-not-sent = { $channel } nicht gesendet:
entry-message-not-delivered = { $channel } nicht angekommen:

why-title = Warum? Regeln von { $stage }
why-no-rules = Diese Phase hat keine Regeln.
why-trace = Lauf ansehen
why-not-run = Nicht gelaufen
why-ran = { $effects ->
    [0] Sie lief und änderte nichts.
    [one] Sie lief, mit 1 Wirkung.
   *[other] Sie lief, mit { $effects } Wirkungen.
}
why-condition-false = Ihre Bedingung war nicht erfüllt:
why-running = Sie läuft.
why-waits-until = Sie läuft in { $span } weiter.
why-waits-for = Sie wartet auf: { $kinds }.
why-waits-rule = Sie wartet auf { $rule } davor.
why-switched-off = Sie ist ausgeschaltet.
why-not-automated = Der Shop automatisiert nur Deals.
why-added-after = Revision { $revision } wurde veröffentlicht, nachdem der Auftrag in diese Phase kam. Regeln wirken auf Aufträge, die danach kommen.
why-not-started = Was sie startet, fehlte, als der Auftrag kam.
why-triggers = Auslöser, die ihn weiterbewegen könnten
why-visits = Phasen, in denen er war
why-removed = Sie wurde seitdem aus der Phase entfernt.
why-tries-again = { $tries ->
    [one] Sie schlug einmal fehl und versucht es in { $span } wieder:
   *[other] Sie schlug { $tries }-mal fehl und versucht es in { $span } wieder:
}
why-left-to = { $by } hat den Auftrag nach { $stage } verschoben. Das hält an, was noch nicht gelaufen ist.
why-left-by-itself = Die Regel selbst hat den Auftrag weiterbewegt. Das hält an, was noch nicht gelaufen ist.
why-previous-failed = { $rule } davor war nicht erfolgreich.
why-previous-failed-unknown = Die Regel davor war nicht erfolgreich.
why-by-hand = Jemand hat sie angehalten.
why-not-in-plan = Ihr Plugin gehört nicht zum Tarif des Shops.
why-not-installed = Sein Plugin ist nicht installiert.
why-brought-in = Der Auftrag wurde mit seiner Vergangenheit übernommen.
why-switched-on-after = Revision { $revision } schaltete sie ein, nachdem der Auftrag in diese Phase kam.
why-moved = Bewegt
why-not-moved = Nicht bewegt
why-backward = Seine Phase liegt vor der des Auftrags, und Zurückschalten ist nicht erlaubt.
why-already-there = Der Auftrag war schon in seiner Phase.
why-closed = Der Auftrag ist gewonnen oder verloren.
why-lost-to = { $name } auf einer früheren Phase passte auch.
why-rule-origin = Eine Regel hat die Änderung gemacht, und der Auslöser hört nicht auf Regeln.
why-pending = Er wird gerade gefragt.
why-no-event = Seit der Auftrag kam, geschah nichts davon: { $kinds }.
why-shadow-word = Aufgezeichnet, nicht gesendet
why-shadow = { $effects ->
    [one] Sie lief im Schatten: 1 Wirkung wurde aufgeschrieben und nicht gesendet.
   *[other] Sie lief im Schatten: { $effects } Wirkungen wurden aufgeschrieben und nicht gesendet.
}
why-nothing = nichts
why-empty = { $field } ist leer
why-filled = { $field } ist { $actual } und nicht leer
why-differs = { $field } { $actual } ist nicht { $expected }
why-same = { $field } ist { $actual }
why-contains = { $field } { $actual } enthält { $expected }
why-contains-not = { $field } { $actual } enthält nicht { $expected }
why-not-in = { $field } { $actual } ist keines von { $expected }
why-not-between = { $field } { $actual } liegt nicht zwischen { $expected }
why-is-not = { $field } { $actual } ist nicht { $sign } { $expected }

outlook-nothing-yet = Es wurde nichts gestartet. Das würde aus den Aufträgen:
outlook-shadow = Die Regel ist im Schattenbetrieb: Was sie verlangt, wird aufgezeichnet und geschieht nicht.
outlook-would-run = Würde laufen
outlook-condition = Bedingung nicht erfüllt: gestartet und übersprungen
outlook-had-run = Gelaufen, seit sie kamen: bleiben unberührt
outlook-elsewhere = Nicht in { $stage }: bleiben unberührt
outlook-later = Bedingungen werden an den Aufträgen geprüft, wie sie jetzt sind. Eine Regel, die auf ihre Zeit oder auf die Regel davor wartet, prüft ihre Bedingung, wenn sie beginnt. Was sie sendet, lässt sich nicht zurückholen.
outlook-start = { $count ->
    [one] Für 1 Auftrag starten
   *[other] Für { $count } Aufträge starten
}
