# Was andere hören, die den Shop anrufen: Webhooks, Gateways, Anwendungen.

-area = Aufrufe von außen
    .kept = Der Aufruf hat nichts geändert.

invalid-client = Die Anwendung ist hier nicht bekannt
    .what = Kennung oder Geheimnis der Anwendung ist falsch, oder sie ist in diesem Shop nicht installiert.
    .next = Vergleichen Sie beides mit dem, was der Shop unter Anwendungen zeigt, und installieren Sie die Anwendung.

invalid-grant = Code oder Token lässt sich nicht verwenden
    .what = Der Code wurde schon verwendet, ist abgelaufen oder wurde für eine andere Adresse oder Anwendung gegeben.
    .next = Lassen Sie die Person noch einmal einwilligen und verwenden Sie den neuen Code sofort.

not-signed = Der Aufruf ist nicht signiert
    .what = Aufrufe mit diesem Code müssen signiert sein, und dieser hat keine Signatur.
    .next = Signieren Sie mit dem Schlüssel dieses Webhooks, wie https://www.standardwebhooks.com es sagt.

not-text = Der Inhalt ist kein Text
    .what = Ein Webhook nimmt JSON, ein Formular oder Text in UTF-8, und dies war etwas anderes.
    .next = Senden Sie eines davon und sagen Sie in `Content-Type`, welches.

not-the-gateway = Der Aufruf kommt nicht vom Gateway
    .what = Das Plugin des Anbieters konnte den Aufruf nicht als den seines Gateways erkennen.
    .next = Vergleichen Sie das Geheimnis beim Gateway mit dem, das der Shop für diesen Anbieter eingetragen hat.

stale-signature = Die Signatur ist zu alt
    .what = Der Aufruf wurde vor mehr als fünf Minuten signiert, oder in der Zukunft.
    .next = Stellen Sie die Uhr des Absenders und signieren Sie für jeden Versuch neu.

target-not-set = Niemand sagt, um wen es geht
    .what = Der Aufruf nennt weder einen Auftrag noch einen Kunden.
    .next = Ergänzen Sie in der Adresse `?order=ord_42` oder `?client=cli_7`.

token-in-address = Das Token darf nicht in der Adresse stehen
    .what = Adressen werden in Protokolle geschrieben, deshalb dürfen dort nur Tokens stehen, die allein den Bereich `events-write` haben.
    .next = Machen Sie eines mit `rulewright token create --scope events-write`.

too-many-calls = Das Gateway ruft zu oft an
    .what = Es kamen mehr Aufrufe auf einmal, als angesehen werden können.
    .next = Wiederholen Sie es in einer Sekunde.

unknown-token = Die Antwort gehört zu keiner Frage
    .what = Eine Anwendung antwortete mit einem Token, auf das kein Lauf wartet: Es wurde schon beantwortet, oder der Lauf ist zu Ende.
    .next = Beantworten Sie jeden Aufruf einmal, mit dem Token, das mit ihm kam, und in seiner Zeit.

wrong-code = Kein Auslöser wartet auf diesen Code
    .what = Weder ein Auslöser noch eine wartende Regel des Ziels kennt den Code des Aufrufs.
    .next = Vergleichen Sie ihn mit dem Code in den Einstellungen des Auslösers.

wrong-signature = Die Signatur passt nicht
    .what = Der Aufruf wurde mit einem anderen Schlüssel signiert, oder seine Bytes wurden danach verändert.
    .next = Signieren Sie genau die gesendeten Bytes, mit dem neuesten Schlüssel dieses Webhooks.
