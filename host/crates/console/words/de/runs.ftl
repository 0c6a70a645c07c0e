# Die Liste der Läufe.

runs-state = Status
runs-rule = Regel
runs-plugin = Plugin
runs-stage = Phase
runs-began = Begonnen
runs-took = Dauer
runs-effects = Wirkungen
runs-effect-count = { $count ->
    [one] { $count } Wirkung
   *[other] { $count } Wirkungen
}
runs-revision = Revision { $revision }
runs-of-workflow = Workflow { $workflow }
runs-none = Noch keine Läufe. Regeln laufen, wenn Aufträge in ihre Phase kommen.
runs-none-match = Keine Läufe passen dazu.
# Das Zeichen # steht für die Zahl.
runs-new-one = # neuer Lauf
runs-new-many = # neue Läufe

# Ein Lauf.

trace-id = Kennung
trace-recording = Aufzeichnung herunterladen
trace-revision = Revision { $revision } der Automatisierung
trace-revision-current = aktuell ist { $revision }
trace-revision-changes = Änderungen zeigen
trace-plugin-gone = Diese Version des Plugins wird nicht mehr aufbewahrt
trace-began = Begonnen
trace-ended = Beendet
trace-cause = Ausgelöst durch
trace-by-rule = durch die Regel
trace-by-trigger = durch den Auslöser
trace-attempts = Versuch
trace-attempts-of = { $number } von { $most }
trace-after = Läuft nach
trace-next = Danach in der Kette
trace-children = Hat diese Läufe ausgelöst
trace-migrated = Ging zur Version { $digest } seines Plugins über.
trace-migration-refused = Blieb bei seiner Version des Plugins:

trace-failed = Fehlgeschlagen:
trace-failed-kept = Was frühere Schritte getan haben, bleibt. Der fehlgeschlagene Schritt hat nichts getan.
trace-parked = Kann nicht von selbst weitergehen:
trace-skipped = Übersprungen:
trace-cancelled = Gestoppt:
trace-blocked = Beginnt, wenn dieser Lauf zu Ende ist:
trace-scheduled = Geht weiter um
trace-waiting = Wartet
trace-waiting-for = auf
trace-waiting-until = bis
trace-overdue = Schritt { $step } ist nicht zu Ende. Falls der Server dabei angehalten wurde, wird der Schritt wiederholt, sobald der Server wieder da ist. Begonnen

trace-going-on = Wiederholen und stoppen
trace-retry = Fehlgeschlagenen Schritt wiederholen
trace-retry-question = Schritt { $step } von „{ $rule }“ wird noch einmal ausgeführt.
trace-retry-nothing-done = Kein Schritt davor hat etwas getan.
trace-not-repeated = { $count ->
    [one] { $count } Wirkung früherer Schritte ist geschehen und wird nicht wiederholt:
   *[other] { $count } Wirkungen früherer Schritte sind geschehen und werden nicht wiederholt:
}
trace-no-retry-ended = Nur ein fehlgeschlagener Lauf kann wiederholt werden. Dieser endete anders.
trace-no-retry-open = Nur ein fehlgeschlagener Lauf kann wiederholt werden. Dieser ist nicht zu Ende.
trace-no-retry-order-gone = Der Auftrag wurde gelöscht.
trace-no-retry-stage-left = Der Auftrag hat die Phase verlassen, zu der dieser Lauf gehört.
trace-no-work = Ihre Rolle sieht das an und ändert es nicht.
trace-cancel = Lauf stoppen
trace-cancel-question = { $count ->
    [0] „{ $rule }“ geht nicht weiter. Nachrichten, die noch nicht abgegangen sind, werden zurückgenommen.
    [one] „{ $rule }“ geht nicht weiter. Nachrichten, die noch nicht abgegangen sind, werden zurückgenommen. { $count } Wirkung bleibt bestehen.
   *[other] „{ $rule }“ geht nicht weiter. Nachrichten, die noch nicht abgegangen sind, werden zurückgenommen. { $count } Wirkungen bleiben bestehen.
}

trace-steps = Schritte
trace-steps-none = Der Lauf endete vor seinem ersten Schritt.
trace-steps-none-yet = Noch kein Schritt.
trace-steps-forgotten = Von einem so langen Lauf werden die letzten Schritte aufbewahrt.
trace-timeline = { $steps ->
    [one] { $steps } Schritt in { $total }, davon { $computed } gerechnet
   *[other] { $steps } Schritte in { $total }, davon { $computed } gerechnet
}
trace-step = Schritt { $number }
trace-step-done = Erledigt
trace-step-skipped = Übersprungen
trace-step-waits = Wartet
trace-step-again = Noch einmal versucht
trace-step-failed = Fehlgeschlagen
trace-attempt = Versuch { $number }
trace-woken = Begann wegen:
trace-woken-started = Beginn des Laufs
trace-woken-timer = seine Zeit war gekommen
trace-woken-timed-out = nichts kam rechtzeitig
trace-order-revision = Revision { $revision } des Auftrags
trace-inputs = Eingaben
trace-inputs-none = Die Regel hat keine Einstellungen.
trace-inputs-gone = Die Einstellungen werden nicht gezeigt: Diese Version des Plugins, die sagt, welche davon geheim sind, wird nicht mehr aufbewahrt.
trace-inputs-before = Von den Regeln davor
trace-condition = Bedingung
trace-condition-field = Feld
trace-condition-was = War
trace-condition-operator = Vergleich
trace-condition-wanted = Verlangt
trace-condition-met = Erfüllt
trace-reads = Nachgesehen
trace-read-order = Auftrag { $what }
trace-read-orders = { $count ->
    [one] Aufträge von { $what }: { $count }
   *[other] Aufträge von { $what }: { $count }
}
trace-read-client = Kunde { $what }
trace-read-employees = Die Mitarbeiter
trace-read-stored = Was das Plugin unter „{ $what }“ aufbewahrt
trace-read-secret = Ob es ein Geheimnis „{ $what }“ gibt
trace-read-item = Liste { $what }
trace-read-template = Vorlage { $what }
trace-effects = Wirkungen
trace-effects-none = Keine.
trace-effects-dropped = Keine seiner Wirkungen ist geschehen.
trace-effect-message = Nachricht öffnen
trace-logs = { $count ->
    [one] Protokoll: { $count } Zeile
   *[other] Protokoll: { $count } Zeilen
}
trace-usage = Verbrauch
trace-usage-fuel = Befehle
trace-usage-memory = Speicher
trace-usage-time = Zeit
trace-usage-calls = Aufrufe des Hosts
trace-usage-denied = Nicht bewilligt
trace-raw = JSON im Rohzustand
trace-output = Ausgaben

runs-shadow = Schatten
trace-shadow = Aufgezeichnet, nicht gesendet. Die Regel lief im Schattenmodus: Nichts, was sie verlangte, ist geschehen.
trace-unsent = Anfragen, die nicht gesendet wurden
trace-effects-shadow = Wirkungen, aufgezeichnet und nicht geschehen
runs-shadow-none = Nicht im Schatten
runs-shadow-only = Nur im Schatten

trace-again = Von Anfang an wiederholen
trace-again-question = „{ $rule }“ läuft noch einmal ab dem ersten Schritt, so wie Revision { $revision } der Automatisierung die Regel enthält. Was dieser Lauf getan hat, wird nicht rückgängig gemacht.
trace-again-repeats = { $count ->
    [one] { $count } Wirkung dieses Laufs geschieht noch einmal, wenn die Regel zum selben Ergebnis kommt:
   *[other] { $count } Wirkungen dieses Laufs geschehen noch einmal, wenn die Regel zum selben Ergebnis kommt:
}
trace-again-recorded = { $count ->
    [one] { $count } Wirkung dieses Laufs wurde nur aufgezeichnet. Sie geschieht jetzt, wenn die Regel zum selben Ergebnis kommt:
   *[other] { $count } Wirkungen dieses Laufs wurden nur aufgezeichnet. Sie geschehen jetzt, wenn die Regel zum selben Ergebnis kommt:
}
trace-again-nothing = Dieser Lauf hat nichts getan, was sich wiederholen würde.
trace-again-shadow = Die Regel ist im Schattenbetrieb: Was sie verlangt, wird aufgezeichnet und geschieht nicht. Es wäre:
trace-again-times = { $count ->
    [one] { $what } ({ $count }-mal)
   *[other] { $what } ({ $count }-mal)
}
trace-again-more = und { $count } weitere
trace-again-requests = { $count ->
    [one] { $count } Anfrage an einen Server
   *[other] { $count } Anfragen an Server
}
trace-again-chain = Die Regeln danach laufen nicht noch einmal.
trace-again-of = Wiederholt
trace-again-by = Wiederholt durch
trace-no-again-open = Dieser Lauf ist nicht zu Ende.
trace-no-again-rule-gone = Die Regel steht nicht mehr in dieser Phase der veröffentlichten Automatisierung.
trace-no-again-rule-off = Die Regel ist ausgeschaltet.
trace-no-again-not-automated = Aufträge dieser Art haben in diesem Shop keine Automatisierung.
trace-no-again-plugin-gone = Das Plugin der Regel ist nicht installiert.
trace-no-again-running = Ein anderer Lauf der Regel für diesen Auftrag ist nicht zu Ende.

trace-requests = HTTP-Anfragen
trace-requests-none = Keine Anfrage in diesem Schritt.
trace-requests-not-kept = Dieser Schritt stammt aus der Zeit, bevor Anfragen im Ablauf festgehalten wurden. Was er als Antwort bekam, steht in der Aufzeichnung.
trace-request = Anfrage
trace-request-answer = Antwort
trace-request-took = Dauer
trace-request-sizes = Gesendet und empfangen
trace-request-none = Keine Antwort
trace-request-kept = aus einem früheren Versuch
trace-request-cut = gekürzt
