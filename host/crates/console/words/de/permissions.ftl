# Was ein Plugin darf: ein Satz für jede Funktion des Hosts.

may-do-log-write = Zeilen in das Protokoll der eigenen Läufe schreiben.
may-do-step-now = Wissen, wie spät es ist.
may-do-step-midnight = Wissen, wann am Ort des Shops ein Tag beginnt.
may-do-step-working-time = In der Arbeitszeit des Shops rechnen.
may-do-step-random = Zufallszahlen ziehen.
may-do-step-idempotency-key = Die eigenen Schritte benennen, damit eine Wiederholung nichts doppelt tut.
may-do-orders-read-get = Jeden Auftrag dieses Shops lesen, mit Positionen, Zahlungen und Sendungen.
may-do-orders-read-list-of-client = Die Aufträge jedes Kunden auflisten.
may-do-clients-read-get = Personenbezogene Daten jedes Kunden lesen: Name, Telefonnummern und E-Mail-Adressen.
may-do-employees-read-get = Name, Kontaktdaten und Anwesenheit jedes Mitarbeiters lesen.
may-do-employees-read-all = Die ganze Liste der Mitarbeiter lesen, mit Kontaktdaten und Anwesenheit.
may-do-lists-read-get = Einträge der Listen des Shops lesen.
may-do-lists-read-find = In den Listen des Shops suchen.
may-do-orders-write-move-stage = Jeden Auftrag in eine andere Phase seiner Pipeline verschieben, was die Regeln dieser Phase startet.
may-do-orders-write-set-fields = Felder jedes Auftrags ändern.
may-do-orders-write-append-fields = Felder jedes Auftrags um Werte ergänzen.
may-do-orders-write-add-tags = Jedem Auftrag Schlagwörter geben.
may-do-orders-write-set-responsible = Jeden Auftrag einem anderen Mitarbeiter übergeben.
may-do-orders-write-cancel = Jeden Auftrag als storniert vermerken. Geld bewegt sich nicht.
may-do-orders-write-delete = Jeden Auftrag löschen, auf den nichts bezahlt wurde.
may-do-payments-write-mark-paid = Jeden Auftrag als bezahlt vermerken. Niemandem wird etwas abgebucht.
may-do-shipments-write-allow-delivery = Sendungen jedes Auftrags zur Lieferung freigeben.
may-do-shipments-write-mark-shipped = Sendungen jedes Auftrags als versandt vermerken.
may-do-shipments-write-edit = Stand, Sendungsnummer, Dienst, Bemerkung, Datum und Zuständige von Sendungen ändern.
may-do-clients-write-set-fields = Die Daten jedes Kunden ändern.
may-do-timeline-add-comment = Kommentare in den Verlauf jedes Auftrags schreiben, im Namen jedes Mitarbeiters.
may-do-timeline-add-comment-with-documents = Kommentare mit angehängten Dokumenten in den Verlauf jedes Auftrags schreiben, im Namen jedes Mitarbeiters.
may-do-history-write = Einträge in die Historie jedes Auftrags schreiben, im Namen jedes Mitarbeiters.
may-do-activities-add = Zu jedem Auftrag Aufgaben, Anrufe und Treffen planen.
may-do-tasks-create = Jedem Mitarbeiter Aufgaben geben.
may-do-lists-write-create = Den Listen des Shops Einträge hinzufügen.
may-do-lists-write-update = Einträge der Listen des Shops ändern.
may-do-documents-create = Aus den Vorlagen des Shops Dokumente zu jedem Auftrag erstellen.
may-do-documents-prepare = Die Dokumentvorlagen des Shops lesen, und was sie für jeden Auftrag einsetzen, etwa Name und Telefonnummer des Kunden.
may-do-documents-create-filled = Nummerierte Dokumente zu jedem Auftrag erstellen, aus Vorlagen, die es selbst ausfüllt.
may-do-documents-put = Jedem Auftrag Dokumente anhängen, die es selbst gemacht hat.
may-do-workflows-start = Die Workflows des Shops für jeden Auftrag starten.
may-do-events-emit-emit = Eigene Ereignisse melden, die Auslöser in Gang setzen und wartende Regeln wecken können.
may-do-feed-publish = Im Feed der Firma schreiben, auch im Namen eines Mitarbeiters.
may-do-notifications-send = Jeden Mitarbeiter benachrichtigen, auch im Namen eines anderen.
may-do-messages-queue = Kunden, Mitarbeitern und jeder Adresse Nachrichten senden, über { $what }.
may-do-segments-queue = Allen Kunden eines Segments Rundschreiben senden, über { $what }; wer sich abgemeldet hat, bekommt keine.
may-do-http-send = Daten austauschen mit { $what }.
may-do-secrets-open = Geheimnisse verwenden, die Sie eingeben, ohne sie je zu sehen: { $what }.
may-do-signatures-sign = Mit Geheimnissen signieren, die Sie eingeben, ohne sie je zu sehen: { $what }.
may-do-signatures-matches = Was andere senden, mit Geheimnissen vergleichen, die Sie eingeben, ohne sie je zu sehen: { $what }.
may-do-secrets-reveal-reveal = Geheimnisse, die Sie eingeben, im Klartext sehen: { $what }.
may-do-storage-set = Bis zu { $what } eigene Daten in diesem Shop aufbewahren.
may-do-storage-get = Die Daten lesen, die es in diesem Shop aufbewahrt.
may-do-storage-delete = Die Daten löschen, die es in diesem Shop aufbewahrt.

may-see-order = Den Auftrag lesen, für den es läuft, mit Positionen, Zahlungen und Sendungen; von Personen sieht es nur Nummern.
may-see-events = Jedes Ereignis dieser Arten und den Auftrag dazu lesen: { $what }.
may-see-messages = Die Nachrichten lesen, die es zustellt, und die Adressen, an die sie gehen.
may-see-messages-of = Die Nachrichten lesen, die es zustellt, und die Adressen, an die sie gehen: { $what }.
may-have-limit = Eine eigene Grenze haben: `{ $name }` = { $amount }, wenn der Betreiber es erlaubt.

may-reach-below = { $host } unterhalb von `{ $path }`
may-reach-only = { $address } (nur { $methods })
may-reach-any = Hosts, die Sie selbst nennen
may-bytes = { $count ->
    [one] 1 Byte
   *[other] { $count } Byte
}
