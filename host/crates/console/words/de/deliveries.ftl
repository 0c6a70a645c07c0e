# Nachrichten nach außen.

delivery-pending = Wartet
delivery-again = Wird wieder versucht
delivery-sending = Wird gesendet
delivery-sent = Gesendet
delivery-delivered = Zugestellt
delivery-undelivered = Nicht zugestellt
delivery-dead = Aufgegeben
delivery-cancelled = Zurückgenommen
delivery-attempts = { $count ->
    [0] noch nicht versucht
    [one] { $count } Versuch
   *[other] { $count } Versuche
}
delivery-next-try = nächster Versuch

deliveries-sandbox = Wofür kein Anbieter verbunden ist, geht in die Sandbox: Es ist hier zu lesen und erreicht niemanden.
deliveries-channel = Kanal
deliveries-state = Status
deliveries-to = An
deliveries-from = Von
deliveries-text = Text
deliveries-when = Wann
deliveries-run = Lauf
deliveries-id = Kennung
deliveries-none = Noch keine Nachrichten. Regeln schreiben an Kunden und Mitarbeiter.
deliveries-none-match = Keine Nachrichten passen dazu.
deliveries-content = Inhalt
deliveries-as-mail = Als E-Mail
deliveries-as-mail-help = Wie der Kunde sie sieht. Nichts darin wird ausgeführt, und Bilder von anderswo werden nicht geladen.
deliveries-audio = Aufnahme öffnen
deliveries-speak = Vorlesen
deliveries-speak-stop = Nicht weiter vorlesen
deliveries-attachments = Anhänge
deliveries-params = Angaben für den Anbieter
deliveries-answers = Versuche und Antworten
deliveries-attempts = Versuche
deliveries-provider = Anbieter
deliveries-provider-id = Kennung dort
deliveries-error = Letzte Antwort
deliveries-settled = Entschieden
deliveries-report = Gemeldet
deliveries-retry = Noch einmal senden
deliveries-retry-question = Die Nachricht geht mit demselben Schlüssel an { $to }: Ein Anbieter, der sie schon angenommen hat, sendet sie nur einmal.
deliveries-no-retry-sent = Sie ist gesendet. Niemand bekommt dieselbe Nachricht zweimal.
deliveries-no-retry-sending = Sie wird gerade gesendet.
deliveries-no-retry-cancelled = Ihre Regel wurde gestoppt, bevor sie abging. Führen Sie die Regel noch einmal aus.
