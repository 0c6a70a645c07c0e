# Hinweise auf der Seite Zustand: was sich jemand ansehen sollte.

-area = Zustand
    .kept = Ein Hinweis hält nichts an. Er verschwindet von selbst, wenn er nicht mehr stimmt.

dead-letters = Nachrichten wurden aufgegeben
    .what = Mehrere Nachrichten eines Kanals ließen sich innerhalb eines Tages nicht zustellen und werden nicht mehr versucht.
    .kept = Die Nachrichten bleiben, jede mit dem Ergebnis ihres letzten Versuchs.
    .next = Öffnen Sie sie aus dem Hinweis. Ist behoben, was ihnen entgegenstand, senden Sie sie noch einmal.

mailbox-trouble = In ein Postfach lässt sich nicht sehen
    .what = Der Server eines Postfachs lehnt seit einer halben Stunde oder länger ab oder antwortet nicht.
    .kept = Mails bleiben auf ihrem Server und kommen herein, wenn er antwortet.
    .next = Prüfen Sie unter Einstellungen Adresse und Passwort und testen Sie es dort.

outbox-stuck = Nachrichten warten
    .what = Nachrichten eines Kanals sind seit einer halben Stunde oder länger fällig und wurden nicht gesendet.
    .kept = Sie bleiben und werden von selbst wieder versucht.
    .next = Sehen Sie den letzten Fehler im Hinweis an: Der Anbieter kann ausgefallen sein, oder sein Geheimnis hat sich geändert.

plugin-fails = Ein Plugin schlägt öfter fehl als früher
    .what = Läufe eines Plugins enden öfter mit einem Fehler als zuvor, oder als bei einer neuen Version üblich ist.
    .kept = Fehlgeschlagene Läufe bleiben und lassen sich wiederholen.
    .next = Öffnen Sie die Fehler aus dem Hinweis. Von einer schuldigen Version kehren Sie auf der Seite des Plugins zur vorigen zurück.

plugin-paused = Ein Plugin brach bei jedem Lauf ab und ist angehalten
    .what = Zwanzig Läufe eines Plugins nacheinander brachen ab oder überschritten eine Grenze, binnen zehn Minuten. Läufe, die damit beginnen würden, warten.
    .kept = Nichts geht verloren: Die wartenden Läufe bleiben und gehen weiter, wenn das Plugin weitergeht.
    .next = Installieren Sie eine andere Version oder kehren Sie zur vorigen zurück. Lag es an etwas anderem, lassen Sie das Plugin auf seiner Seite oder mit `rulewright plugin resume` weiterlaufen.

silent = Seit Tagen lief nichts
    .what = Seit drei Tagen oder länger lief keine Regel, obwohl sonst Regeln laufen.
    .next = Prüfen Sie, ob noch Aufträge kommen, ob die Automatisierung des Shops eingeschaltet ist und ob keine Regel aus Versehen ausgeschaltet wurde.
