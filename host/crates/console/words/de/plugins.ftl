# Plugins, die der Shop hat.

plugins-find = Plugins finden
plugins-search = Suche
plugins-plugin = Plugin
plugins-signed = signiert
plugins-none = Noch keine Plugins. Regeln und Auslöser sind Plugins.
plugins-none-match = Kein Plugin passt.
plugins-removed = { $what } wurde entfernt.

plugin-back = Alle Plugins
plugin-version = Version
plugin-waiting = Wartende Läufe
plugin-state-ready = Bereit
plugin-state-update = Neuere Version da
plugin-state-part = Zum Teil
plugin-state-secrets = Geheimnisse fehlen
plugin-state-revoked = Widerrufen
plugin-revoked = Es läuft nicht:
plugin-revoked-by = Das sagt: { $by }
plugin-revoked-next = Installieren Sie eine andere Version, oder entfernen Sie es. Was hier angehalten wurde, wird unten freigegeben; was eine Liste widerruft, nicht.

plugin-used = Verwendet von
plugin-unused = Keine Regel, kein Auslöser und kein Anbieter in Kraft verwendet es.
plugin-use-rule = Regel
plugin-use-trigger = Auslöser
plugin-use-provider = Anbieter

plugin-failures = Fehler
plugin-failures-none = Keiner seiner letzten Läufe ist fehlgeschlagen.
plugin-failures-of = Von den letzten { $count } fehlgeschlagenen Läufen. Dieselbe Funktion, oder dieselben Worte bis auf die Zahlen darin, ergeben eine Zeile.
plugin-failures-all = Alle fehlgeschlagenen Läufe
plugin-failure-code = Code
plugin-failure-count = Anzahl
plugin-failure-first = Zuerst
plugin-failure-last = Zuletzt
plugin-failure-message = Meldung
plugin-failure-latest = Letzter Lauf
plugin-version-gone = eine Version, die es nicht mehr gibt

plugin-logs = Protokoll
plugin-logs-of = Von seinen letzten { $count } Läufen.
plugin-logs-level = Stufe
plugin-logs-words = Wörter
plugin-logs-none = Nichts im Protokoll passt.
plugin-level-debug = Alles
plugin-level-info = Hinweise und mehr
plugin-level-warn = Warnungen und Fehler
plugin-level-error = Fehler

plugin-installed = Installiert
plugin-until = Bis
plugin-roll-back = Zurückgehen
plugin-roll-back-to = Zurück zu { $version }
plugin-roll-back-question = Version { $to } ersetzt { $from }, mit dem, was ihr damals erlaubt war. Läufe bleiben bei der Version, mit der sie begonnen haben.
plugin-no-roll-back = Es gibt keine Version, zu der Sie zurückgehen könnten.
plugin-migrate = { $count ->
    [one] { $count } wartenden Lauf auf diese Version umziehen
   *[other] { $count } wartende Läufe auf diese Version umziehen
}
plugin-migrate-yes = Umziehen
plugin-migrate-question = { $count ->
    [one] { $count } wartender Lauf wird gefragt, ob er mit dieser Version weitergehen kann. Wenn nicht, bleibt er und sagt, warum.
   *[other] { $count } wartende Läufe werden gefragt, ob sie mit dieser Version weitergehen können. Die anderen bleiben und sagen, warum.
}
plugin-migrated = { $moved ->
    [one] { $moved } Lauf ist umgezogen,
   *[other] { $moved } Läufe sind umgezogen,
} { $stayed } geblieben.
plugin-migrated-why = Jeder gebliebene Lauf sagt auf seiner Seite, warum.

plugin-denied = Sie haben weggelassen:
plugin-denied-what = Es wird verweigert, wenn das Plugin danach fragt.
plugin-grant-change = Ändern, was es darf
plugin-grant-save = Speichern, was es darf
plugin-grant-other = { $plugin } wurde eben aktualisiert. Lesen Sie, was es jetzt verlangt.
plugin-saved-grant = Was es darf, gilt ab seinem nächsten Schritt.
plugin-hosts = Hosts, die Sie genannt haben:

plugin-secrets = Geheimnisse
plugin-secrets-help = Verschlüsselt für dieses Plugin aufbewahrt. Niemand kann sie wieder lesen.
plugin-secret-set = Ausgefüllt
plugin-secret-missing = Fehlt
plugin-secret-value = Neuer Wert von { $name }
plugin-secret-remove = Löschen
plugin-secret-remove-question = Ohne { $name } schlägt das Plugin fehl, wo es ihn braucht.
plugin-saved-secret = Das Geheimnis ist gespeichert.

plugin-setting-required = nötig
plugin-settings-none = Nichts einzustellen.
plugin-stored = Eigene Daten
plugin-runs = Läufe
plugin-waiting-count = { $count ->
    [0] Keiner wartet
    [one] { $count } wartet
   *[other] { $count } warten
}

plugin-trust = Vertrauen
plugin-stop = Sofort anhalten
plugin-stop-reason = Grund
plugin-stop-help = Nichts von dieser Version läuft mehr, und ihre offenen Läufe enden. Den Grund lesen alle überall dort, wo sie gelaufen wäre.
plugin-stop-question = { $what } wird sofort angehalten. Offene Läufe enden und gehen auch nach der Freigabe nicht weiter.
plugin-stop-operator-only = Dieser Server hat { $count } Shops, und eine Komponente wird in allen angehalten: Das tut, wer den Server betreibt, mit rulewright plugin quarantine.
plugin-release = Wieder laufen lassen
plugin-release-question = { $what } darf von jetzt an wieder laufen. Beendete Läufe bleiben beendet.
plugin-pinned = Pakete von { $publisher } werden nur mit diesem Schlüssel angenommen:
plugin-forget-key = Schlüssel vergessen
plugin-forget-key-question = Das nächste Paket von { $publisher } wird mit dem Schlüssel angenommen, mit dem es kommt, wenn ihm jemand zustimmt. Was installiert ist, bleibt.
plugin-saved-stopped = Es ist angehalten, und seine Läufe sind beendet.
plugin-saved-released = Es darf wieder laufen.
plugin-saved-resumed = Es geht weiter, und mit ihm die Läufe, die gewartet haben.
plugin-paused = Es ist angehalten: Zwanzig Läufe nacheinander brachen ab.
plugin-paused-what = Läufe, die damit beginnen würden, warten, und keiner geht verloren. Sie gehen mit einer anderen Version weiter, oder wenn Sie es erlauben. Um es erst zu versuchen, wiederholen Sie einen der geparkten Läufe.
plugin-paused-see = Wartende Läufe ansehen
plugin-resume = Weiterlaufen lassen
plugin-saved-forgotten = Der Schlüssel ist vergessen.

plugin-remove = Plugin entfernen
plugin-remove-question = { $count ->
    [0] { $what } wird entfernt, mit seinen Geheimnissen und früheren Versionen.
    [one] { $what } wird entfernt, mit seinen Geheimnissen und früheren Versionen. { $count } Lauf ist nicht beendet.
   *[other] { $what } wird entfernt, mit seinen Geheimnissen und früheren Versionen. { $count } Läufe sind nicht beendet.
}
plugin-remove-force = { $count ->
    [one] Den wartenden Lauf beenden. Er sagt, warum.
   *[other] Die { $count } wartenden Läufe beenden. Jeder sagt, warum.
}
plugin-remove-used = { $count ->
    [one] Es wird an { $count } Stelle verwendet. Nehmen Sie es dort zuerst heraus.
   *[other] Es wird an { $count } Stellen verwendet. Nehmen Sie es dort zuerst heraus.
}
