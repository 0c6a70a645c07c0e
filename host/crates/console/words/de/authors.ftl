# Was sich die Autoren von Plugins ansehen: Fehler, Verbrauch, Testfälle, und was eine neue Version ändert.
backtrace-title = { $count ->
    [one] Wo es war: eine Funktion
   *[other] Wo es war: { $count } Funktionen, die innerste zuerst
}
backtrace-no-names = Die Komponente enthält keine Namen von Funktionen. Ihr Autor behält sie mit strip = "debuginfo" in dem Profil, mit dem sie gebaut wird.

upgrade-preview = Was sich für Ihre Regeln ändert
upgrade-preview-help = Nach derselben Prüfung wie beim Veröffentlichen, für alles, was in Kraft ist. Entwürfe werden geprüft, wenn Sie sie veröffentlichen.
upgrade-unused = Keine Regel und kein Auslöser in Kraft verwendet es.
upgrade-rule = Regel oder Auslöser
upgrade-place = Wo
upgrade-fits = Einstellungen
upgrade-changes = Änderungen
upgrade-must-change = Braucht Einstellungen
upgrade-goes-on = Läuft weiter
upgrade-as-before = Wie bisher
upgrade-missing = { $field } muss ab jetzt ausgefüllt sein.
upgrade-gone = { $field } gibt es nicht mehr.
upgrade-type = { $field } erwartet { $to } statt { $from }.
upgrade-default = { $field } ist nicht ausgefüllt: Ab jetzt gilt { $value }.
upgrade-shown = { $field } war geheim: Ab jetzt liest es, wer Regeln lesen darf.
upgrade-changelog = Was neu ist
upgrade-changelog-whose = In den Worten des Herausgebers.
upgrade-changelog-none = Der Herausgeber hat nichts dazu geschrieben.

usage-title = Was seine Schritte verbrauchen
usage-none = Noch ist kein Schritt dieser Version gelaufen.
usage-of = { $count ->
    [one] Ein Schritt der Version { $version }, aus den letzten { $runs } beendeten Läufen.
   *[other] { $count } Schritte der Version { $version }, aus den letzten { $runs } beendeten Läufen.
}
usage-fuel = Treibstoff
usage-memory = Speicher
usage-wall = Zeit
usage-limit = Grenze
usage-share = Am meisten waren es { $most }: { $share } der Grenze.
usage-summary = { $title }: Die Hälfte der Schritte verbrauchte höchstens { $p50 }, 95 von 100 { $p95 }, 99 von 100 { $p99 }, und am meisten waren es { $most }.
usage-bin = { $between }: { $count } Schritte
usage-steps = { $count ->
    [one] Ein Schritt
   *[other] { $count } Schritte
}
usage-between = Verbrauch
usage-count = Schritte

fixture-section = Testfall ausprobieren
fixture-title = Testfälle von { $plugin }
fixture-back = Zurück zum Plugin
fixture-text = Testfall als JSON
fixture-help = Wie in tests/fixtures eines Plugins. Er wird mit dieser Version in einem erdachten Shop gespielt: Nichts wird gesendet, nichts wird behalten.
fixture-file = Oder aus einer Datei
fixture-play = Testfall spielen
fixture-refused = Der Testfall wurde nicht gespielt
fixture-result = Was herauskam
fixture-same = Wie erwartet
fixture-differs = Weicht ab
fixture-new = Erwartet noch nichts
fixture-difference = Erwartet neben dem, was herauskam
fixture-difference-help = - war erwartet, + kam heraus.
fixture-came = Alles, was herauskam
fixture-came-help = Nehmen Sie es als "expect" in den Testfall auf, sobald Sie es sich angesehen haben.
fixture-usage = Höchstens verbraucht
fixture-limit = Was
fixture-used = Verbraucht
fixture-share = Anteil
fixture-cli = Dasselbe auf der Kommandozeile
fixture-copy = Als Befehl kopieren
