# Kunden.

clients-contact = Kontakt
clients-company = Unternehmen
clients-kind = Art
clients-search = Name, E-Mail oder Telefon
clients-name = Name
clients-phone = Telefon
clients-email = E-Mail
clients-since = Bekannt seit
clients-none = Noch keine Kunden. Sie kommen mit Aufträgen, Anrufen und E-Mails.
clients-none-match = Keine Kunden passen dazu.

clients-id = Kennung
clients-edit = Bearbeiten
clients-edit-title = { $name } bearbeiten
clients-reach = Wie man sie erreicht
clients-no-address = Keine Adresse ist bekannt.
clients-phones = Telefone
clients-emails = E-Mails
clients-websites = Websites
clients-messengers = Messenger
clients-links = Links
clients-unsubscribed = Möchte keine Werbung per
clients-contacts = Kontakte
clients-companies = Unternehmen
clients-responsible = Zuständig
clients-locale = Sprache
clients-zone = Zeitzone
clients-updated = Geändert
clients-order-total = Summe
clients-order-created = Angelegt
clients-no-orders = Noch keine Aufträge.
clients-timeline = Verlauf
clients-no-entries = Über diesen Kunden steht noch nichts geschrieben.

clients-given = Vorname
clients-middle = Zweiter Vorname
clients-family = Nachname
clients-points-help = Leeren Sie ein Feld, um es zu entfernen. Die letzte Zeile fügt eines hinzu.
clients-point-kind = { $list }, { $number }: Verwendung
clients-point-value = { $list }, { $number }
clients-point-mobile = Mobil
clients-point-work = Arbeit
clients-point-home = Privat
clients-point-main = Haupt
