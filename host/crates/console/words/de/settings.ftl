# Einstellungen.

# Übersicht, und was jeder Teil sagt.
settings-what = Wie der Shop arbeitet, wer in ihm arbeitet und womit er verbunden ist.
settings-elsewhere = Geheimnisse von Plugins setzen Sie auf der Seite des Plugins, und wie Seiten für Sie aussehen, unter Ihrem Konto.
settings-shop = Shop
settings-shop-what = Name, Zeitzone, Arbeitszeiten und Feiertage.
settings-requisites = Firmenangaben
settings-requisites-what = Als wer der Shop Dokumente schreibt: Name, Anschrift und Bank.
settings-pipelines = Pipelines
settings-pipelines-what = Die Phasen, die Aufträge durchlaufen.
settings-employees = Mitarbeiter
settings-employees-what = Wem Aufträge gehören und wem Regeln schreiben.
settings-documents = Vorlagen
settings-documents-what = Woraus Dokumente entstehen und wie sie nummeriert werden.
settings-dictionaries = Wörterbücher
settings-dictionaries-what = Werte zur Auswahl: Versandstatus, Zahlungsarten, Quellen.
settings-lists = Listen
settings-lists-what = Listen, Kundensegmente und Zeitpläne.
settings-providers = Anbieter
settings-providers-what = Konten bei Gateways, die Nachrichten und Anrufe übertragen.
settings-accounts = Konten
settings-accounts-what = Wer sich in der Konsole anmeldet, und mit welcher Rolle.
settings-mailboxes = Postfächer
settings-mailboxes-what = Wo E-Mails hinausgehen und hereinkommen.
settings-tokens = Tokens
settings-tokens-what = Was andere Programme hereinlässt.
settings-webhooks = Webhooks
settings-webhooks-what = Wem von Ereignissen erzählt wird, sobald sie geschehen.
settings-applications = Anwendungen
settings-applications-what = Programme anderer, die für den Shop handeln.
settings-halts = Not-Halt
settings-halts-what = Was in diesen Server hinein- und aus ihm hinausgeht, und wie es angehalten wird.
settings-saved = Gespeichert.
settings-removed = Entfernt.
settings-ended = Alle Sitzungen dieses Kontos sind beendet.
settings-once = Es wird nur jetzt gezeigt. Bewahren Sie es dort auf, wo es niemand sonst liest.
settings-state = Zustand
settings-test = Testen
settings-id = Kennung
settings-id-help = Kleinbuchstaben, Ziffern, Binde- und Unterstriche. Sie bleibt für immer dieselbe.
settings-taken = { $id } gibt es schon: öffnen Sie es, um es zu ändern, oder wählen Sie einen anderen Namen
settings-nobody = Niemand
settings-nothing = Keiner

# Der Shop.
shop-name = Name
shop-currency = Währung
shop-zone-help = Ein IANA-Name. Dort zählen Arbeitszeiten, Termine und Zeitpläne.
shop-locale = Sprache
shop-locale-help = Ein Kürzel wie de oder de-AT: womit Regeln und Dokumente beginnen.
shop-automate = Aufträge automatisieren
shop-automate-help = Ohne das werden nur Deals automatisiert.
shop-sandbox = Anbieter für die Entwicklung
shop-sandbox-help = Er nimmt Nachrichten an, die kein Anbieter des Shops überträgt, und sendet nichts.
shop-hours = Arbeitszeiten
shop-hours-help = Lassen Sie an einem freien Tag beide leer. 00:00 als Ende ist Mitternacht.
shop-day = Tag
shop-from = Von
shop-to = Bis
shop-day-from = { $day } von
shop-day-to = { $day } bis
shop-day-half = ein Arbeitstag hat Anfang und Ende wie 09:00 und 18:00; lassen Sie an einem freien Tag beide leer
shop-holidays = Feiertage
shop-holidays-help = Ein Datum in jeder Zeile.
day-monday = Montag
day-tuesday = Dienstag
day-wednesday = Mittwoch
day-thursday = Donnerstag
day-friday = Freitag
day-saturday = Samstag
day-sunday = Sonntag

# Pipelines.
pipeline-kind = Enthält
pipeline-deals = Deals
pipeline-orders = Aufträge
pipeline-stages = Phasen
pipeline-open = Öffnen
pipeline-add = Pipeline hinzufügen
pipeline-first = Erste Phasen
pipeline-first-help = Eine in jeder Zeile, in der Reihenfolge, in der Aufträge sie durchlaufen.
pipeline-stages-help = Ein Auftrag durchläuft sie von oben. Nichts ändert sich, bevor Sie speichern.
pipeline-stage-add = Phase hinzufügen
pipeline-stage-name = Phase { $number }: Name
pipeline-stage-kind = Phase { $number }: was sie bedeutet
pipeline-other = Jemand anderes hat diese Pipeline geändert, seit Sie sie geöffnet haben: Öffnen Sie sie neu und wiederholen Sie Ihre Änderung.
pipeline-remove = Pipeline entfernen
pipeline-remove-confirm = { $name } wird mit der Automatisierung entfernt. Was darin geschah, bleibt erhalten.
stage-kind-open = Offen
stage-kind-won = Gewonnen
stage-kind-lost = Verloren

# Mitarbeiter.
employees-none = Hier arbeitet noch niemand. Mitarbeitern gehören Aufträge, und ihnen schreiben Regeln.
employee-add = Mitarbeiter hinzufügen
employee-position = Position
employee-phone = Telefon
employee-work-phone = Telefon bei der Arbeit
employee-work-phone-help = Gilt, wo es keine andere Nummer gibt.
employee-head = Vorgesetzt
employee-is-absent = Zurzeit abwesend
employee-absent-help = Regeln, die auf sie warten, gehen weiter, sobald sie zurück sind.
employee-working = Arbeitet hier
employee-working-help = Wer gegangen ist, bleibt bekannt und bekommt nichts Neues.
employee-here = Anwesend
employee-absent = Abwesend
employee-gone = Ausgeschieden

# Konten.
account-role = Rolle
account-roles = Was jede Rolle darf
account-employee = Handelt als Mitarbeiter
account-open = Kann sich anmelden
account-disabled = Gesperrt
account-disable = Gesperrt
account-disable-help = Das Konto bleibt bekannt, kommt aber nicht herein. Seine Sitzungen enden.
account-invite = Einladen
account-invite-help = Sie bekommen einen Link, der einmal hereinlässt. Das Passwort wird danach gesetzt.
account-link = Link für einmal Hereinkommen
account-link-help = Er gilt einmal und nur einige Minuten. Auf dieser Seite können Sie einen neuen machen.
account-since = Seit
account-is-you = Das ist Ihr eigenes Konto.
account-sessions = Sitzungen
account-no-sessions = Nirgends angemeldet.
account-session-since = Seit
account-session-seen = zuletzt gesehen
account-entrance = Link zum Hereinkommen machen
account-end = Alle Sitzungen beenden
account-end-confirm = { $name } wird überall abgemeldet, und Links zum Hereinkommen gelten nicht mehr.
account-set-help = Mindestens { $least } Zeichen. Alle Sitzungen des Kontos enden.
account-remove = Konto entfernen
account-remove-confirm = { $name } kann sich nicht mehr anmelden. Was getan wurde, bleibt im Protokoll.
role-viewer-what = Sieht die Arbeit des Shops, und ändert nichts.
role-operator-what = Bewegt Aufträge, schreibt Kommentare, wiederholt und startet Läufe.
role-editor-what = Zeichnet Automatisierung und veröffentlicht sie.
role-plugin-admin-what = Lässt Plugins herein, verbindet Anbieter, setzt Geheimnisse.
role-owner-what = Alles, auch Einstellungen, Konten und Tokens.

# Postfächer.
mailboxes-none = Noch keine Postfächer. Sobald es eines gibt, gehen E-Mails von dort hinaus.
mailbox-add = Postfach hinzufügen
mailbox-address = Adresse
mailbox-name = Name neben der Adresse
mailbox-name-help = Was Kunden sehen. Darf leer sein.
mailbox-default = Standard
mailbox-is-default = Standardpostfach
mailbox-default-help = Gilt, wo noch keine E-Mail gesendet wurde. Kein anderes Postfach ist dann Standard.
mailbox-smtp = Senden (SMTP)
mailbox-imap = Empfangen (IMAP)
mailbox-sent = Zuletzt gesendet
mailbox-received = Zuletzt empfangen
mailbox-fetch = E-Mails abholen
mailbox-host = Server
mailbox-port = Port
mailbox-no-port = schreiben Sie die Nummer eines Ports, etwa 465
mailbox-tls = Verschlüsselung
mailbox-tls-implicit = Vom ersten Byte an
mailbox-tls-starttls = Nach einer Begrüßung (STARTTLS)
mailbox-tls-none = Keine
mailbox-user = Benutzer
mailbox-password-help = Wird nie gezeigt. Leer: das gespeicherte bleibt, für denselben Benutzer desselben Servers.
mailbox-folder = Ordner
mailbox-well = In Ordnung
mailbox-trouble = Nicht lesbar
mailbox-test-what = Nichts wurde gesendet und nichts abgeholt.
mailbox-in = Lässt uns herein
mailbox-not-in = Lässt uns nicht herein
mailbox-remove = Postfach entfernen
mailbox-remove-confirm = { $address } wird entfernt. E-Mails, die von dort noch unterwegs sind, schlagen fehl.

# Anbieter.
providers-none = Noch ist nichts verbunden. Wählen Sie unten einen Anbieter.
provider-add = Anbieter verbinden
provider-more = Weitere Anbieter gibt es auf dem Marktplatz.
provider-plugin = Plugin
provider-carries = Überträgt
provider-chosen = Wahl des Shops
provider-on = An
provider-off = Aus
provider-no-plugin = Plugin fehlt
provider-enabled = An
provider-inbound = Meldungen kommen herein unter
provider-settings = Einstellungen
provider-lines = Nummern
provider-lines-help = Die eigenen des Shops dort, eine in jeder Zeile. Die erste gilt für Nachrichten, die keine nennen.
provider-default-for = Wahl des Shops für
provider-open-channel = Offener Kanal
provider-secrets = Geheimnisse
provider-secrets-help = Gelten für diesen Anbieter und werden nie wieder gezeigt. Wird sein Server geändert, werden sie vergessen.
provider-secret-kept = Vorhanden
provider-secret-missing = Fehlt
provider-secret-set = Setzen
provider-trial = Ausprobieren
provider-trial-help = Sendet eine Nachricht oder ruft an, an eine eigene Adresse. Es kann kosten, was es immer kostet.
provider-channel = Per
provider-to = An
provider-to-help = Eine eigene Nummer, oder die Kennung einer Person beim Messenger.
provider-text = Text
provider-try = Senden
provider-tried = Es ist unterwegs.
provider-tried-see = Sehen, was daraus wird
provider-remove = Trennen
provider-remove-confirm = { $title } wird getrennt, und die Geheimnisse werden vergessen. Was darauf wartet, geht an den, der den Kanal dann überträgt.

# Tokens.
tokens-none = Keine Tokens. Andere Programme brauchen eines, um hereinzukommen.
token-create = Token erstellen
token-create-help = Für jedes Programm eines, mit nicht mehr, als es braucht.
token-name-help = Steht überall, wo das Token etwas tut.
token-scopes = Was es öffnet
token-areas = Bereiche von /rest
token-areas-help = In den Worten dieser Schnittstelle, durch Leerzeichen getrennt. Sie brauchen einen Mitarbeiter.
token-expires = Endet
token-expires-help = Der letzte Tag, an dem es gilt. Leer: nie.
token-never = Nie
token-over = Abgelaufen
token-no-day = schreiben Sie ein Datum wie 2026-12-31
token-made = Das neue Token
token-revoke = Widerrufen
token-revoke-confirm = { $name } öffnet nichts mehr, binnen zehn Sekunden. Programme, die es benutzen, arbeiten nicht weiter.
scope-orders-read = Aufträge, Kunden, Verläufe und Dokumente lesen.
scope-orders-write = Aufträge, Kunden, Verläufe und Dokumente ändern.
scope-automation-read = Pipelines, Automatisierungen und Einstellungen lesen.
scope-automation-write = Pipelines, Automatisierungen und Einstellungen ändern.
scope-runs-read = Läufe, Zustellungen und Ereignisse lesen.
scope-runs-write = Läufe wiederholen und abbrechen.
scope-events-write = Von Ereignissen erzählen, sonst nichts.
scope-plugins-write = Plugins einrichten und entfernen, Rechte geben, Geheimnisse setzen.
scope-admin = Alles, auch Tokens und Konten.

# Webhooks.
webhooks-none = Noch wird niemandem außerhalb von Ereignissen erzählt.
webhook-add = Webhook hinzufügen
webhook-change = Webhook ändern
webhook-url = Adresse
webhook-kinds = Ereignisse
webhook-kinds-help = Arten, durch Leerzeichen getrennt. Ein Stern steht für alle, die gleich beginnen.
webhook-pipeline = Nur von Pipeline
webhook-every-pipeline = Alle Pipelines
webhook-description = Beschreibung
webhook-of-application = der Anwendung { $id }
webhook-pull = Aufbewahrt, bis danach gefragt wird
webhook-pull-what = Eine Anwendung fragt selbst nach diesen Ereignissen.
webhook-on = An
webhook-paused = Angehalten
webhook-failing = Schlägt fehl
webhook-given-up = Aufgegeben
webhook-attempts = { $count ->
        [one] ein Versuch schlug fehl:
       *[other] { $count } Versuche schlugen fehl:
    }
webhook-pause = Anhalten
webhook-resume = Fortsetzen
webhook-key = Der Schlüssel, mit dem Anfragen signiert sind
webhook-rotate = Schlüssel wechseln
webhook-rotate-confirm = Anfragen werden mit einem neuen Schlüssel signiert. Der bisherige signiert { $hours } Stunden lang daneben.
webhook-test-what = Ein Ereignis, das nie geschah, wurde gesendet, von der Art webhook.test. Nichts wird wiederholt.
webhook-answered = Die Adresse antwortete { $status } in { $span }.
webhook-no-answer = Die Adresse antwortete nicht.
webhook-remove = Webhook entfernen
webhook-remove-confirm = { $url } wird nichts mehr erzählt. Was dorthin unterwegs ist, wird nicht gesendet.

# Vorlagen und Nummernkreise.
documents-templates = Vorlagen
documents-numerators = Nummernkreise
templates-none = Noch keine Vorlagen. Regeln machen Dokumente daraus.
template-add = Vorlage hinzufügen
template-title = Titel ihrer Dokumente
template-title-help = Steht vor der Nummer.
template-kind = Besteht aus
template-numerator = Nummernkreis
template-media-type = Medientyp
template-text = Text
template-text-help = Mit Schleifen und Feldern, etwa {"{{"} order.number {"}}"}.
template-size = Größe
template-placeholders = Fügt ein
template-is-file = Diese Vorlage ist eine Datei: Ersetzen Sie sie unten.
numerators-none = Noch keine Nummernkreise. Jede Vorlage braucht einen.
numerator-add = Nummernkreis hinzufügen
numerator-pattern = Muster
numerator-pattern-help = Kennt {"{"}number{"}"}, {"{"}year{"}"}, {"{"}month{"}"} und {"{"}day{"}"}.
numerator-example = Die erste sieht so aus
numerator-start = Beginnt bei
numerator-step = Schritt
numerator-pad = Auf so viele Stellen auffüllen
numerator-pad-with = Auffüllen mit
numerator-no-number = schreiben Sie eine ganze Zahl
numerator-reset = Beginnt von vorn
numerator-reset-never = Nie
numerator-reset-year = Jedes Jahr
numerator-reset-month = Jeden Monat
numerator-reset-day = Jeden Tag

# Listen, Segmente, Zeitpläne.
lists-lists = Listen
lists-segments = Segmente
lists-schedules = Zeitpläne
lists-none = Noch keine Listen. Regeln schlagen darin nach und schreiben hinein.
list-fields = Felder
list-items = Einträge
list-no-items = In dieser Liste steht noch nichts.
segments-none = Noch keine Segmente. Sie versammeln Kunden, auf die etwas zutrifft.
segment-condition = Wer dazugehört
segment-everybody = Alle Kunden
schedules-none = Noch keine Zeitpläne. Auslöser können durch sie fällig werden.
schedule-cron = Wann (cron)
schedule-next = Nächstes Mal
schedule-on = An
schedule-off = Aus

# Anwendungen.
applications-none = Keine Anwendungen. Sie werden über die API angemeldet.
application-areas = Bereiche
application-installed = Eingerichtet
application-registered = Angemeldet, nicht eingerichtet
application-agreed = zugestimmt hat { $who }

# Wo etwas verwendet wird.
settings-used = Verwendet von
settings-used-help = Nehmen Sie es dort zuerst heraus: Was verwendet wird, wird nicht entfernt.
settings-unused = Nichts verwendet es.
settings-template = Vorlage

# Firmenangaben.
requisites-what = Als wer der Shop Dokumente schreibt. Vorlagen setzen die Felder ein, etwa {"{{"} requisites.vat-number {"}}"}.
requisites-none = Noch keine Firmenangaben. Dokumente nennen dann niemanden, der sie ausstellt.
requisites-add = Firmenangaben hinzufügen
requisites-first = Wo keine genannt sind
requisites-fields = Felder
requisites-fields-help = Was das Recht Ihres Landes auf einem Dokument verlangt. Was leer bleibt, wird nicht aufgehoben.
requisites-bank = Bank
requisites-bank-help = Nur auf Dokumenten, die es verlangen: {"{{"} requisites.bank.iban {"}}"}.
requisites-key = Feld { $number }: Name
requisites-value = Wert von { $name }
requisites-field-add = Feld hinzufügen
requisites-twice = { $key } steht zweimal da
requisites-remove = Firmenangaben entfernen
requisites-remove-confirm = { $name } wird entfernt. Geschriebene Dokumente bleiben, wie sie sind.

# Wörterbücher.
dictionary-add = Wörterbuch hinzufügen
dictionary-add-help = Eigene Werte zur Auswahl, etwa Farben.
dictionary-title = Titel
dictionary-entries = Werte
dictionary-entries-help = In dieser Reihenfolge stehen sie zur Auswahl. Ein umbenannter Wert behält seine Kennung. Geändert wird erst, wenn Sie speichern.
dictionary-entry-add = Wert hinzufügen
dictionary-entry-name = Wert { $number }: Name
dictionary-other = Jemand anderes hat diese Werte geändert, seit Sie sie geöffnet haben: Öffnen Sie sie neu und wiederholen Sie Ihre Änderung.
dictionary-remove = Wörterbuch entfernen
dictionary-remove-confirm = { $name } wird entfernt. Wo ein Wert daraus gewählt wurde, bleibt er.
dictionary-restore = Wie am Anfang
dictionary-restore-confirm = { $name } ist wieder so, wie jeder Shop damit beginnt. Wo ein anderer Wert gewählt wurde, bleibt er.
dictionary-statuses = Versandstatus
dictionary-statuses-what = Was eine Sendung sein kann, in der Reihenfolge ihres Weges. Regeln und Anbieter nennen die Kennungen.
dictionary-sources = Quellen
dictionary-deal-types = Arten von Deals
dictionary-contact-types = Arten von Kontakten
dictionary-company-types = Arten von Firmen
dictionary-company-sizes = Mitarbeiter einer Firma
dictionary-industries = Branchen
dictionary-salutations = Anreden
dictionary-payment-systems = Zahlungsarten
dictionary-delivery-services = Lieferdienste

# Dateien von Vorlagen.
template-upload = Vorlage hochladen
template-download = Herunterladen
template-replace = Datei ersetzen
template-replace-help = Ohne Datei ändern sich nur Titel und Nummernkreis. Erstellte Dokumente bleiben, wie sie sind.
template-replace-text-help = Der Text der Datei tritt an die Stelle des Textes oben.
template-digest = Version (SHA-256)
template-file = Datei
template-file-help = Ein Word-Dokument (.docx), typst (.typ), HTML oder reiner Text, höchstens { $most }.
template-no-file = wählen Sie eine Datei
template-no-kind = { $name } ist keine Vorlage: Wählen Sie eine Datei mit der Endung .docx, .typ, .html oder .txt
template-no-text = der Text ist nicht in UTF-8: Speichern Sie ihn so und wählen Sie ihn noch einmal
template-too-large = die Datei ist größer als { $most }: Machen Sie sie kleiner, etwa durch kleinere Bilder
template-unreadable = das Formular ist nicht lesbar: Öffnen Sie die Seite neu und wählen Sie die Datei noch einmal
template-remove = Vorlage entfernen
template-remove-confirm = { $name } wird entfernt. Daraus erstellte Dokumente bleiben.
numerator-remove = Nummernkreis entfernen
numerator-remove-confirm = { $name } wird entfernt. Einer gleichen Namens zählt nach den vergebenen Nummern weiter.

# Listen, Segmente und Zeitpläne, die geändert werden.
list-add = Liste hinzufügen
list-edit = Liste ändern
list-title = Titel
list-fields-help = Vorhandene Einträge behalten, was sie in einem Feld haben, das wegfällt.
list-field-add = Feld hinzufügen
list-field-name = Feld { $number }: Name
list-field-title = Feld { $number }: Titel
list-field-title-hint = Titel
list-field-required = Feld { $number }: ob es ausgefüllt sein muss
list-optional = darf leer sein
list-required = muss ausgefüllt sein
list-remove = Liste entfernen
list-remove-confirm = { $name } wird mit allen Einträgen entfernt.
item-add = Eintrag hinzufügen
item-remove = Eintrag entfernen
item-remove-confirm = { $id } wird aus der Liste entfernt.
segment-add = Segment hinzufügen
segment-condition-help = Ohne Bedingung gehören alle Kunden dazu.
segment-clients = { $count ->
    [one] { $count } Kunde
   *[other] { $count } Kunden
}
segment-remove = Segment entfernen
segment-remove-confirm = { $name } wird entfernt. Die Kunden bleiben.
schedule-add = Zeitplan hinzufügen
schedule-cron-help = Minute, Stunde, Tag des Monats, Monat, Wochentag: 0 9 * * 1-5 ist neun Uhr von Montag bis Freitag.
schedule-active = Ein
schedule-remove = Zeitplan entfernen
schedule-remove-confirm = { $name } wird nicht mehr fällig.

# Not-Halt.
halts-help = Was hier angehalten wird, steht im ganzen Server still, bis es jemand weitergehen lässt, auch über Neustarts. Es wird aufgeschrieben, wer es war.
halts-halted = Angehalten
halts-goes = Läuft
halts-halt = Anhalten
halts-resume = Weitergehen lassen
halts-since = Von { $who }, seit
halts-reason = Grund
halts-reason-help = Alle lesen ihn über jeder Seite, und Programme bei jeder Absage.
halts-intake-title = Ereignisse und Änderungen von außen
halts-intake-what = Wer ein Ereignis sendet oder einen Auftrag oder Kunden ändert, soll später wiederkommen. Lesen und Einstellungen gehen weiter, ebenso die Automatisierung dessen, was da ist.
halts-intake-confirm = Niemand kann Aufträge und Kunden ändern, bis Sie es weitergehen lassen.
halts-intake-banner = Ereignisse und Änderungen werden nicht angenommen.
halts-outbox-title = Nachrichten und Webhooks
halts-outbox-what = Niemandem wird etwas gesendet. Nachrichten warten und gehen danach hinaus; was in diesem Augenblick gesendet wird, kommt noch an.
halts-outbox-confirm = Keine Nachricht geht hinaus, bis Sie es weitergehen lassen.
halts-outbox-banner = Keine Nachricht geht hinaus.
halts-egress-title = Anfragen von Plugins
halts-egress-what = Plugins finden kein Netz. Die es später noch einmal versuchen können, tun das; Nachrichten, die ein Plugin überträgt, werden wiederholt wie bei einem Anbieter, der nicht da ist.
halts-egress-confirm = Kein Plugin erreicht einen Server, bis Sie es weitergehen lassen.
halts-egress-banner = Plugins erreichen keinen Server.
