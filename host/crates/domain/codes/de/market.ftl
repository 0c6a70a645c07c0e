# Listen, die Registries veröffentlichen: was es gibt und was nicht laufen darf.

-area = Marktplatz und Registries
    .kept = Die Liste, der zuvor geglaubt wurde, gilt weiter, und was installiert ist, läuft weiter.

list-bad = Die Liste stimmt nicht
    .what = Eine Stelle der Liste dieser Registry enthält etwas, das dort nicht stehen kann. Die Meldung nennt sie.
    .next = Fragen Sie den Betreiber der Registry.

list-bad-signature = Die Liste wurde unterwegs verändert
    .what = Die Signatur der Liste passt nicht zu ihrem Text.
    .next = Fragen Sie den Betreiber der Registry auf einem anderen Weg, ob die Liste von ihm ist.

list-forked = Es gibt zwei Listen mit einer Nummer
    .what = Zwei Betreiber haben zugleich veröffentlicht, oder jemand zeigt verschiedenen Servern verschiedene Listen.
    .next = Der Betreiber der Registry sieht sie mit `rulewright registry index list` an und signiert sie neu.

list-gone = Die Liste ist nicht mehr da
    .what = Die Registry hatte früher eine Liste und hat jetzt keine.
    .next = Bitten Sie den Betreiber der Registry, sie wieder zu veröffentlichen; vielleicht hält jemand sie zurück.

list-other-key = Die Liste ist mit einem anderen Schlüssel signiert
    .what = Die Einstellungen nennen für diese Registry einen anderen Schlüssel als den, mit dem ihre Liste signiert ist.
    .next = Fragen Sie ihren Betreiber auf einem anderen Weg, ob sich der Schlüssel geändert hat. Erst dann ändern Sie `key` in den Einstellungen.

list-other-kind = Die Registry liefert die falsche Liste
    .what = Wo nach einer Art von Liste gefragt war, kam eine andere.
    .next = Fragen Sie den Betreiber der Registry.

list-other-schema = Die Liste hat ein neueres Format
    .what = Die Registry veröffentlicht ihre Liste in einem Format, das dieser Server nicht liest.
    .next = Verwenden Sie einen neueren Server.

list-rolled-back = Die Registry liefert eine alte Liste
    .what = Die Liste hat eine kleinere Nummer als eine, die schon gesehen wurde: Die Registry, oder jemand dazwischen, zeigt eine alte.
    .next = Fragen Sie den Betreiber der Registry.

list-too-large = Die Liste ist zu groß
    .what = Die Liste der Registry hat mehr Bytes, als gelesen werden.
    .next = Der Betreiber der Registry veröffentlicht weniger Versionen jedes Plugins.

list-unreadable = Die Liste ist nicht zu lesen
    .what = Was die Registry als ihre Liste liefert, ist keine. `docs/marketplace.md` sagt, woraus sie besteht.
    .next = Fragen Sie den Betreiber der Registry.

list-unsigned = Die Liste ist nicht signiert
    .what = Die Einstellungen nennen einen Schlüssel für die Registry, und ihre Liste hat keine Signatur: Wer sie entfernt hat, kann auch den Rest geändert haben.
    .next = Der Betreiber der Registry signiert sie mit `rulewright registry index sign`.

slow-registry = Die Registry antwortet langsam
    .what = Die Registry hat die Seite des Plugins nicht in der Zeit gesendet, die ein Leser wartet.
    .next = Versuchen Sie es gleich noch einmal.

stale-list = Die Liste der Widerrufe ist alt
    .what = Die Liste hat eine kleinere Nummer als die, der gefolgt wird, oder dieselbe Nummer und einen anderen Text.
    .kept = Die befolgte Liste gilt weiter: Was gestoppt ist, bleibt gestoppt.
    .next = Holen Sie sie noch einmal. Bleibt es so, fragen Sie ihren Herausgeber.

version-taken = Diese Version ist vergeben
    .what = Der Index hat diese Version schon, mit anderen Bytes, und eine Version ändert sich nie.
    .kept = Der Index ist, wie er war.
    .next = Der Herausgeber gibt dieser eine andere Nummer.
