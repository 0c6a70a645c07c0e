# Was auf jeder Seite steht: Navigation, Anmeldung, Zustände, Fehler.

skip-to-content = Zum Inhalt
nav-label = Hauptnavigation
nav-orders = Aufträge
nav-automation = Automatisierung
nav-runs = Läufe
nav-clients = Kunden
nav-deliveries = Zustellungen
nav-documents = Dokumente
nav-marketplace = Marktplatz
nav-plugins = Plugins
nav-health = Zustand
nav-settings = Einstellungen

palette-short = Suche
palette-label = Suche und Befehle

live-on = Live
live-off = Angehalten
live-lost = Die Anzeige ist nicht mehr live. Verbindung wird aufgebaut. Was hier steht, kann alt sein.

role-viewer = Leser
role-operator = Bearbeiter
role-editor = Redakteur der Automatisierung
role-plugin-admin = Plugin-Verwalter
role-owner = Inhaber

sign-in = Anmelden
sign-in-email = E-Mail
sign-in-password = Passwort
sign-in-lost = Vergessen? Ein Inhaber des Shops setzt unter Einstellungen ein neues, oder auf dem Server: rulewright account password
sign-out = Abmelden
enter-title = Konsole öffnen
enter-text = Dieser Link meldet Sie einmal ohne Passwort an.
enter-instead = Sie sind bereits angemeldet. Fahren Sie nur fort, wenn Sie diesen Link angefordert haben: Sie arbeiten dann als die Person, für die er gedacht ist, vielleicht in einem anderen Shop.
enter-open = Öffnen

account-own = Ihr Konto
account-name = Name
account-unsaid = Sie sind über einen Link hereingekommen. Setzen Sie hier Ihre E-Mail und ein Passwort, damit Sie wieder hereinkommen.
account-look = Aussehen
account-language = Sprache
language-of-browser = Wie im Browser
account-zone = Zeitzone
account-zone-help = Ein IANA-Name. Leer: die Zone des Shops.
account-zone-unknown = Die Zeitzone { $zone } gibt es nicht. Schreiben Sie eine wie Europe/Berlin. Nichts wurde geändert.
account-theme = Farben
theme-system = Wie im System
theme-light = Hell
theme-dark = Dunkel
account-password = Passwort
account-password-old = Bisheriges Passwort
account-password-new = Neues Passwort
account-password-help = Mindestens 12 Zeichen.
account-password-set = Passwort setzen
account-password-done = Das Passwort ist gesetzt. Wo Sie sonst noch angemeldet waren, sind Sie es nicht mehr.
account-password-own = Ihr eigenes Passwort ändern Sie unter Ihr Konto.

save = Speichern
cancel = Abbrechen
close = Schließen
yes = Ja
no = Nein
condition-true = wahr
condition-false = falsch
order = Auftrag
list-more = Mehr zeigen
list-any = Alle
list-filter = Filtern
list-filters = Filter
list-clear = Filter aufheben
list-from = Von
list-to = Bis
list-zone = Tage und Zeiten gelten in { $zone }.
list-copy = Kopieren
list-copy-what = { $what } kopieren
to-automation = Zur Automatisierung
time-ago = vor { $span }
time-in = in { $span }
time-days-short = T

run-blocked = Nach der Regel davor
run-scheduled = Geplant
run-waiting = Wartet
run-parked = Braucht ein Datum
run-ready = Läuft
run-done = Erledigt
run-done-nothing = Erledigt, nichts zu tun
run-skipped = Übersprungen
run-failed = Fehlgeschlagen
run-cancelled = Gestoppt

trouble-sign-in-title = Sie sind abgemeldet
trouble-sign-in-what = Diese Seite ist für Leute des Shops.
trouble-sign-in-next = Melden Sie sich an, dann kommen Sie hierher zurück.
trouble-denied-title = Ihre Rolle hat das nicht
trouble-denied-needs = Dazu braucht es die Rolle { $role } oder eine darüber.
trouble-denied-what = Nichts wurde geändert.
trouble-denied-next = Ein Inhaber des Shops kann Ihnen unter Einstellungen eine andere Rolle geben.
trouble-not-found-title = Das ist nicht hier
trouble-not-found-what = Es wurde vielleicht gelöscht, oder der Link ist falsch.
trouble-not-found-next = Suchen Sie danach, oder beginnen Sie bei den Aufträgen.
trouble-unreadable-title = Das war nicht zu lesen
trouble-unreadable-what = Das Formular war nicht vollständig.
trouble-unreadable-next = Laden Sie die Seite neu und wiederholen Sie es. Nichts wurde geändert.
trouble-storage-title = Die Daten waren nicht zu lesen oder zu schreiben
trouble-storage-what = Nichts wurde geändert.
trouble-storage-next = Versuchen Sie es gleich noch einmal. Das Protokoll des Servers sagt mehr, rulewright doctor prüft die Platte.
trouble-refused-title = Das wurde nicht getan
trouble-full-title = Die Platte des Servers ist voll
trouble-full-what = Nichts wurde geändert. Was da ist, kann gelesen werden.
trouble-full-next = Wer den Server betreibt, muss Platz schaffen. Wiederholen Sie es dann.

trouble-slow-title = Das hat zu lange gedauert
trouble-slow-what = Der Server hat 30 Sekunden lang nicht geantwortet. Was begonnen wurde, wird vielleicht noch ausgeführt.
trouble-slow-next = Sehen Sie nach, ob es getan ist, bevor Sie es wiederholen.
trouble-mistake-title = Der Server hat einen Fehler gemacht
trouble-mistake-what = Er hat ihn in seinem Protokoll vermerkt.
trouble-mistake-next = Sehen Sie nach, ob etwas geändert wurde. Melden Sie es bitte mit dem, was hier steht:

palette-hint = Auftrag, Kunde, Regel, Plugin, Seite oder Kennung
palette-none = Nichts heißt { $q }.
palette-client = Kunde
palette-rule = Regel
palette-plugin = Plugin
palette-page = Seite
palette-id = Zu dieser Kennung

help-title = Tastatur
keys-search = Zur Suche der Seite
keys-help = Diese Seite
keys-rows = In einer Liste nach unten und oben
keys-edit = Bearbeiten: zum ersten Feld der Seite, das sich ändern lässt
keys-close = Offenes schließen
keys-single = Tasten ohne Strg
keys-single-help = Schalten Sie sie aus, wenn Sie mit der Stimme steuern oder versehentlich tippen. Wird in diesem Browser gemerkt.
