# Was es gibt.

market-search = Plugins suchen
market-group = Gruppe
market-group-clients = Mit Kunden sprechen
market-group-employees = Für Mitarbeiter
market-group-triggers = Auslöser
market-group-providers = Anbieter
market-source = Quelle
market-source-bundled = Gehört zu Rulewright
market-to-installed = Installierte Plugins
market-back = Zum Marktplatz
market-count = { $count ->
    [one] { $count } Plugin
   *[other] { $count } Plugins
}
market-none = Hier gibt es keine Plugins. Der Betreiber nennt eine Registry in den Einstellungen des Servers.
market-none-match = Kein Plugin passt. Versuchen Sie es mit weniger Wörtern.
market-no-registry = Diese gehören zu Rulewright. Für weitere nennt der Betreiber eine Registry und ihren Schlüssel in den Einstellungen des Servers.
market-registries = { $count ->
    [one] { $count } Registry
   *[other] { $count } Registries
}
market-registry-good = Aktuell
market-registry-old = Alt
market-registry-bad = Nicht erreicht
market-registry-plugins = { $count ->
    [one] { $count } Plugin
   *[other] { $count } Plugins
}
market-registry-index = Liste der Plugins:
market-registry-revocations = { $count ->
    [0] Widerrufe, keine:
    [one] Widerrufe, { $count } Version:
   *[other] Widerrufe, { $count } Versionen:
}
market-list-signed = signiert
market-list-fetched = gelesen
market-list-none = keine Kopie
market-list-old = so lange nicht signiert, dass Neueres zurückgehalten werden kann
market-refresh = Listen neu lesen

market-trust-bundled = Gehört zu Rulewright
market-trust-verified = Geprüfter Herausgeber
market-trust-unverified = Signiert, Herausgeber nicht geprüft
market-trust-unsigned = Nicht signiert
market-installed = Installiert: { $version }
market-update = Auf { $version } aktualisieren
market-not-offered = Nichts zu installieren
market-downloads = { $count } Downloads
market-downloaded = Downloads
market-version = Version { $version }
market-install = { $version } installieren
market-install-this = Installieren
market-install-which = { $plugin } { $version }
market-manage = Verwalten
market-no-role = Ein Plugin-Verwalter kann es installieren.
market-nothing-offered = Keine Version passt zu diesem Server, oder alle passenden wurden widerrufen.
market-revoked = Widerrufen:
market-revoked-installed = Ihre Version wurde widerrufen und läuft nicht. Installieren Sie eine andere.
market-may = Was es darf
market-may-asked = Nichts davon ist schon erlaubt. Sie werden gefragt, bevor es läuft.
market-readme = Vom Herausgeber
market-readme-none = Der Herausgeber hat nicht mehr geschrieben.
market-readme-trouble = Der Text des Herausgebers ist gerade nicht zu lesen.
market-settings = Einstellungen
market-settings-later = Sie sehen die Einstellungen, bevor Sie zustimmen.
market-publisher = Herausgeber
market-key = Schlüssel
market-verified-since = Geprüft seit
market-id = Kennung
market-size = Größe
market-reference = Referenz
market-also-from = Auch von
market-versions = Versionen
market-state = Zustand
market-added = Hinzugefügt
market-action = Aktion
market-in-use = In Gebrauch
market-from = Herkunft
market-needs-host = Braucht einen neueren Server (Funktionen von { $version })

# Was ein Plugin darf.

may-read = Lesen
may-change = Ändern
may-contact = Kontaktieren
may-send-to = Senden an
may-keep = Behalten und Grenzen
may-sensitive = heikel
may-always-part = Gehört zu dieser Art von Plugin.

# Installationen.

installs-title = Installationen
installs-open = { $count ->
    [one] Eine Installation läuft oder wartet auf Sie
   *[other] { $count } Installationen laufen oder warten auf Sie
}
installs-remembered = Beendete bleiben eine Stunde hier.
installs-none = Nichts wird installiert.
installs-what = Plugin
installs-source = Quelle
installs-by = Von
installs-began = Beginn
installs-elsewhere = Von anderswo installieren
installs-source-help = Eine Referenz wie registry.example/acme/greet:1.2.0 oder die https-Adresse einer Komponente.
installs-begin = Beginnen
installs-file = Datei der Komponente (.wasm)
installs-signature = Ihre Signatur (.sig), wenn es eine gibt
installs-send-file = Datei senden
installs-file-failed = Die Datei wurde nicht gesendet. Nichts hat sich geändert. Prüfen Sie die Verbindung und senden Sie sie noch einmal.
installs-file-cli = Eine Datei sendet ein Skript dieser Seite, oder:

install-title = { $what } installieren
install-working = Läuft
install-waiting = Wartet auf eine Antwort
install-active = Installiert
install-refused = Abgelehnt
install-declined = Nicht erlaubt
install-canceled = Abgebrochen
install-progress = Fortschritt der Installation
install-step = { $step }, Schritt { $number } von { $of }
install-all-steps = Alle Schritte sind erledigt
install-cancel = Installation abbrechen
install-look-again = Noch einmal nachsehen
install-nothing-kept = Nichts davon wurde behalten. Eine Version in Gebrauch läuft weiter.
install-nothing-changed = Nichts hat sich geändert. Eine Version in Gebrauch läuft weiter.
install-runs = Version { $version } läuft: Neue Läufe beginnen mit ihr.
install-runs-stay = Wartende Läufe bleiben bei der Version, mit der sie begonnen haben. Auf der Seite des Plugins können Sie sie umziehen.
install-to-plugin = Zum Plugin
install-to-automation = In der Automatisierung verwenden
install-needs-settings = { $count ->
    [one] { $count } Regel oder Auslöser hat Einstellungen, die diese Version nicht annimmt. Ändern Sie sie und veröffentlichen Sie.
   *[other] { $count } Regeln oder Auslöser haben Einstellungen, die diese Version nicht annimmt. Ändern Sie sie und veröffentlichen Sie.
}
install-refused-at = Abgelehnt bei: { $stage }
install-again = Neu beginnen
install-allow-unsigned = Nehmen, obwohl niemand es signiert hat
install-accept-key = Fingerabdruck des Schlüssels, der gelten soll
install-accept-key-help = Fragen Sie den Herausgeber auf einem anderen Weg als über diese Quelle, und tippen Sie ein, was er Ihnen sagt.
install-allow-downgrade = Nehmen, obwohl Sie eine neuere Version hatten

stage-fetch = Herunterladen
stage-verify = Signatur prüfen
stage-check = Inhalt prüfen
stage-compile = Übersetzen
stage-consent = Zustimmung
stage-self-test = Selbsttest
stage-active = Bereit
stage-pending = noch nicht
stage-running = in Arbeit
stage-waiting = wartet auf Ihre Antwort
stage-done = erledigt
stage-skipped = nicht nötig
stage-refused = abgelehnt
stage-ended = hier beendet

# Was jemand gefragt wird.

question-title = { $what } wird dürfen
question-own-words = nach eigener Angabe
question-pinned = Sie vertrauen diesem Schlüssel
question-not-verified = Keine Registry steht für diesen Schlüssel ein
question-digest = Prüfsumme
question-upgrade = Es ersetzt { $from }. Sie stimmen Version { $to } zu.
question-nothing-added = Es verlangt nichts, was die Version in Gebrauch nicht darf.
question-added = Neu
question-removed = Nicht mehr
question-same = Wie bisher ({ $count })
question-part = Nur einen Teil erlauben
question-part-help = Was Sie weglassen, wird verweigert, wenn das Plugin danach fragt, und sein Lauf sagt es.
question-hosts = Hosts, an die es senden darf
question-hosts-help = Genaue Namen, einer in jeder Zeile, wie api.example.com oder api.example.com:8443.
question-pin = Von jetzt an gilt dieser Schlüssel für alle Plugins von { $publisher }. Vergleichen Sie ihn mit dem, was der Herausgeber anderswo sagt.
question-pin-compared = Ich habe ihn verglichen
question-decline = Nicht erlauben
question-allow = Erlauben und installieren
question-allow-upgrade = Erlauben und aktualisieren
question-meanwhile = Nichts davon läuft, bevor Sie es erlauben.
question-no-role = Ein Plugin-Verwalter entscheidet darüber.

# Rezepte.

recipes-title = Rezepte
recipes-help = Fertige Automatisierungen. Sie sehen, was eine tut, bevor sich etwas ändert.
recipes-none = Dieser Server hat keine Rezepte.
recipes-back = Alle Rezepte
recipe-installed = Installiert in { $pipeline }
recipe-would = Was es täte
recipe-nothing-yet = Noch ist nichts geändert.
recipe-issues = { $count ->
    [one] { $count } Ding verhindert die Installation
   *[other] { $count } Dinge verhindern die Installation
}
recipe-makes-pipeline = Es legt eine eigene Pipeline an.
recipe-makes-order = Es legt einen eigenen Auftrag an, für den seine Regeln laufen.
recipe-stages = Phasen
recipe-parts = Regeln und Auslöser
recipe-things = Was es mitbringt
recipe-fate-added = Neu
recipe-fate-updated = Geändert
recipe-fate-unchanged = Wie es ist
recipe-fate-kept = Bleibt, wie Mitarbeiter es haben
recipe-fate-removed = Entfernt
recipe-numerator = Nummernkreis
recipe-template = Vorlage
recipe-list = Liste
recipe-segment = Segment
recipe-schedule = Zeitplan
recipe-settings = Einstellungen
recipe-pipeline = Pipeline
recipe-own-pipeline = Eine eigene
recipe-hosts = Hosts, an die seine Regeln senden
recipe-publish = Sofort veröffentlichen
recipe-publish-help = Nur das Rezept wird veröffentlicht. Was sonst im Entwurf ist, bleibt dort.
recipe-preview = Noch einmal ansehen
recipe-install = Installieren
recipe-remove = Rezept entfernen
recipe-remove-question = { $what } wird aus { $pipeline } entfernt, auch was Mitarbeiter daran geändert haben.
recipe-remove-pending = Läufe, die nicht beendet sind
recipe-remove-finish = Zu Ende laufen lassen
recipe-remove-cancel = Stoppen
