# Was der Änderung eines Auftrags entgegensteht, gleich von wem: einer Person, der API oder einer Regel.

-area = Aufträge
    .kept = Der Auftrag ist, wie er war. Wollte es eine Regel, wurde von ihrem Schritt nichts getan.

invalid-address = An diese Adresse lässt sich nicht schreiben
    .what = Telefonnummer, E-Mail-Adresse oder Chat des Kunden hat nicht die Form, die sie haben muss.
    .kept = Nichts wurde gesendet.
    .next = Berichtigen Sie sie beim Kunden und führen Sie die Regel noch einmal aus.

loop = Regeln starten einander ohne Ende
    .what = Die Regel änderte den Auftrag, das startete eine andere, und so fort: Die Kette wurde bei einer Länge gestoppt, die keine mit Absicht erreicht.
    .next = Die Meldung nennt die letzten Regeln und Auslöser der Kette. Ändern Sie eine davon so, dass sie die andere nicht wieder startet.

money = Dieser Betrag ist nicht möglich
    .what = Ein Betrag hat eine andere Währung als der Auftrag, oder eine Summe ist größer, als gezählt werden kann.
    .next = Geben Sie jeden Betrag in der Währung des Auftrags an.

no-address = Der Kunde hat keine Adresse
    .what = Eine Nachricht sollte gehen, und der Kunde hat keine Telefonnummer, keine E-Mail-Adresse oder hat nie im Chat geschrieben.
    .kept = Nichts wurde gesendet.
    .next = Ergänzen Sie sie beim Kunden und führen Sie die Regel noch einmal aus, oder geben Sie der Regel einen anderen Empfänger.

no-such-pipeline = Diese Pipeline gibt es nicht
    .what = Der Shop hat keine Pipeline mit dieser Kennung.
    .next = Nehmen Sie eine Pipeline des Shops, oder legen Sie sie zuerst unter Einstellungen an.

no-such-stage = Die Pipeline hat diese Phase nicht
    .what = Die Pipeline des Auftrags hat die Phase nicht, in die er sollte. Die Meldung nennt die, die sie hat.
    .next = Nehmen Sie eine davon, oder legen Sie die Phase zuerst unter Einstellungen an.

order-deleted = Der Auftrag ist nicht mehr da
    .what = Der Auftrag wurde gelöscht, bevor der Lauf oder die Frage eines Auslösers zu ihm kam.
    .kept = Was vorher getan wurde, bleibt getan.
    .next = Es ist nichts zu tun.

paid = Der Auftrag ist bezahlt
    .what = Ein Auftrag, den jemand bezahlt hat, kann nicht gelöscht werden: Was bezahlt wurde, muss bekannt bleiben.
    .next = Stornieren Sie den Auftrag stattdessen.

settled = Es ist schon abgeschlossen
    .what = Eine bezahlte Zahlung oder eine abgegangene Lieferung wird nicht geändert wie eine offene.
    .next = Nehmen Sie zuerst zurück, was sie abschließt, oder lassen Sie es so.
