# Hilfe: Tasten und was Codes bedeuten.

help-page = Hilfe
help-codes = Was Codes bedeuten
help-codes-what = Was abgelehnt wird oder fehlschlägt, hat einen Code. Er ist in der Konsole, auf der Befehlszeile und in der API derselbe und bleibt es.
help-code = Code
help-look-up = Nachschlagen
help-what = Was geschehen ist
help-kept = Was bleibt
help-next = Was zu tun ist
help-unknown = Dieser Code ist hier nicht bekannt
help-unknown-what = Nichts heißt hier { $code }. Plugins haben eigene Codes: Auch die Meldung neben dem Code ist die ihre.
help-unknown-near = Meinten Sie:

not-saved = Nicht gespeichert: keine Verbindung. Was Sie geschrieben haben, bleibt hier; senden Sie es noch einmal, wenn der Server wieder antwortet.
