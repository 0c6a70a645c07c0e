# Wer was am Shop geändert hat.

audit-title = Änderungsprotokoll
audit-help = Wer was am Shop geändert hat. Jeder Eintrag hängt am vorigen, sodass auffällt, wenn einer verändert oder entfernt wird.
audit-none = Noch wurde nichts geändert.
audit-verify = Protokoll prüfen
audit-whole = { $count ->
    [one] { $count } Eintrag ist, wie er geschrieben wurde. Bewahren Sie diesen Hash anderswo auf, um es später zu beweisen:
   *[other] Alle { $count } Einträge sind, wie sie geschrieben wurden. Bewahren Sie diesen Hash anderswo auf, um es später zu beweisen:
}
audit-broken = Eintrag { $number } folgt nicht aus dem vorigen: Er wurde verändert, oder einer davor fehlt. Alles danach ist unsicher. Vergleichen Sie mit einer Sicherung.
audit-number = Nr.
audit-when = Wann
audit-who = Wer
audit-what = Was
audit-subject = Woran
audit-details = Einzelheiten
audit-token = (Token)

audit-account-signed-in = Angemeldet
audit-account-entrance-made = Anmeldelink erstellt
audit-account-password-set = Passwort gesetzt
audit-account-removed = Konto entfernt
audit-account-sessions-ended = Sitzungen beendet
audit-account-created = Konto angelegt
audit-account-changed = Konto geändert
audit-application-registered = Anwendung angemeldet
audit-application-installed = Anwendung installiert
audit-application-changed = Anwendung geändert
audit-application-uninstalled = Anwendung deinstalliert
audit-application-removed = Anwendung entfernt
audit-application-secret-renewed = Geheimnis einer Anwendung erneuert
audit-automation-published = Automatisierung veröffentlicht
audit-mailbox-removed = Postfach entfernt
audit-mailbox-connected = Postfach verbunden
audit-mailbox-changed = Postfach geändert
audit-pipeline-added = Pipeline angelegt
audit-pipeline-changed = Pipeline geändert
audit-pipeline-removed = Pipeline entfernt
audit-plugin-granted = Plugin zugelassen
audit-plugin-declined = Plugin abgelehnt
audit-plugin-removed = Plugin entfernt
audit-plugin-installed = Plugin installiert
audit-plugin-accepted = Plugin angenommen
audit-plugin-updated = Plugin aktualisiert
audit-plugin-rolled-back = Plugin auf die vorige Version zurückgesetzt
audit-plugin-quarantined = Plugin unter Quarantäne gestellt
audit-plugin-released = Plugin aus der Quarantäne entlassen
audit-provider-removed = Anbieter entfernt
audit-provider-connected = Anbieter verbunden
audit-provider-changed = Anbieter geändert
audit-publisher-forgotten = Herausgeber vergessen
audit-recipe-installed = Rezept installiert
audit-recipe-removed = Rezept entfernt
audit-shop-created = Shop angelegt
audit-shop-changed = Einstellungen des Shops geändert
audit-token-created = Token erstellt
audit-token-revoked = Token widerrufen
audit-webhook-created = Webhook angelegt
audit-webhook-changed = Webhook geändert
audit-webhook-key-rotated = Schlüssel eines Webhooks erneuert
audit-webhook-removed = Webhook entfernt
audit-secret-set = Geheimnis gesetzt
audit-secret-removed = Geheimnis entfernt
audit-run-started-again = Lauf noch einmal gestartet
