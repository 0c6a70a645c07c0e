# Die erste Seite eines neuen Servers.

setup-title = Rulewright einrichten
setup-text = Dieser Server hat noch kein Konto. Wer ihn gestartet hat, legt hier das erste an, als Inhaber des Shops.
setup-code = Einrichtungscode
setup-code-help = Das Programm gibt ihn beim Start aus, als Link. Jeder Start hat einen neuen.
setup-you = Sie
setup-password-help = Mindestens { $count } Zeichen, etwa vier Wörter.
setup-password-again = Passwort noch einmal
setup-password-differs = Die beiden Passwörter sind nicht gleich. Nichts wurde gespeichert.
setup-shop = Ihr Shop
setup-shop-name = Name
setup-currency = Währung
setup-currency-help = Drei Buchstaben, etwa EUR. Sie bleibt, sobald es Aufträge gibt.
setup-sample = Mit einem Beispielshop: 40 Aufträge, eine Pipeline, 3 Plugins und eine Automatisierung
setup-sample-help = Aus echten Aufträgen und erfundenen Leuten. Niemandem wird etwas gesendet.
setup-go = Einrichten
setup-unfilled = Sie sind angemeldet, aber das Beispiel ist nicht vollständig
setup-unfilled-next = Zu den Aufträgen
