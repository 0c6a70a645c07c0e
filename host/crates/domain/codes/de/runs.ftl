# Warum der Lauf einer Regel fehlschlug oder ein Auslöser nicht antwortete.

-area = Läufe von Regeln
    .kept = Nichts von dem, was dieser Schritt wollte, wurde getan. Was frühere Schritte des Laufs taten, bleibt.

application-rule-off = Die Anwendung der Regel ist ausgeschaltet
    .what = Die Regel wird von einer Anwendung ausgeführt, und deren Adresse ist ausgeschaltet: Sie schlug zu oft fehl, oder jemand hat es getan.
    .next = Schalten Sie ihren Webhook unter Einstellungen wieder ein und wiederholen Sie dann den Lauf.

application-rule-removed = Die Anwendung der Regel ist fort
    .what = Die Regel wird von einer Anwendung ausgeführt, die entfernt wurde oder diese Regel nicht mehr anbietet.
    .next = Installieren Sie die Anwendung wieder, oder nehmen Sie die Regel aus der Automatisierung.

bad-answer = Das Plugin antwortete etwas Unmögliches
    .what = Was das Plugin zurückgab, ist kein JSON, zu lang oder nennt etwas, das es nicht gibt.
    .next = Sagen Sie es seinem Autor, mit der Aufzeichnung des Laufs.

config = Die Einstellungen der Regel taugen nicht
    .what = Das Plugin sagt, dass es mit den Einstellungen dieser Regel nicht arbeiten kann, oder ein Wert darin ließ sich nicht einsetzen.
    .next = Die Meldung nennt, was nicht stimmt. Berichtigen Sie die Regel, veröffentlichen Sie sie und führen Sie sie noch einmal aus.

damaged = Eine Datei ist nicht, was geschrieben wurde
    .what = Die Komponente eines Plugins oder eine Sicherung hat andere Bytes, als sie haben soll: Die Platte, oder wer sie kopiert hat, hat sie verändert.
    .next = Installieren Sie das Plugin noch einmal, oder nehmen Sie eine andere Sicherung. `rulewright doctor` prüft die Daten.

event-gone = Das Ereignis des Laufs ist nicht mehr da
    .what = Der Lauf wurde von einem Ereignis gestartet, das nicht mehr im Protokoll steht.
    .next = Führen Sie die Regel für den Auftrag neu aus.

gone = Der Auftrag oder das Plugin ist fort
    .what = Während des Probelaufs wurde der Auftrag gelöscht oder das Plugin entfernt.
    .kept = Ein Probelauf ändert nichts.
    .next = Wählen Sie einen anderen Auftrag, oder installieren Sie das Plugin.

no-mailbox = Der Shop hat kein Postfach zum Senden
    .what = Eine Mail sollte gehen, und kein Postfach des Shops ist gewählt oder kann senden.
    .next = Richten Sie unter Einstellungen eines ein und wiederholen Sie dann den Lauf.

no-such-plugin = Das Plugin ist nicht installiert
    .what = Die Regel oder der Auslöser braucht ein Plugin, das aus dem Shop entfernt wurde.
    .next = Installieren Sie es und wiederholen Sie den Lauf, oder nehmen Sie die Regel aus der Automatisierung.

out-of-fuel = Das Plugin rechnete zu lange
    .what = Ein Schritt hat alle Anweisungen verbraucht, die ein Schritt verbrauchen darf.
    .next = Sagen Sie es seinem Autor, mit der Aufzeichnung des Laufs. Der Betreiber kann mehr erlauben.

out-of-memory = Das Plugin wollte zu viel Speicher
    .what = Ein Schritt verlangte mehr Speicher, als ein Schritt haben darf.
    .next = Geben Sie ihm weniger auf einmal, etwa eine kleinere Datei, oder sagen Sie es seinem Autor. Der Betreiber kann mehr erlauben.

out-of-time = Der Schritt dauerte zu lange
    .what = Ein Schritt wurde in seiner Zeit nicht fertig: Er rechnete zu lange, etwas draußen, auf das er wartete, antwortete nicht, oder die Maschine hatte zu viel zu tun.
    .next = Nennt die Meldung eine Adresse oder eine beschäftigte Maschine, versuchen Sie es später. Sonst sagen Sie es dem Autor des Plugins.

limit-country = Die Nummer liegt nicht in den Ländern des Shops
    .what = Der Shop hat die Länder genannt, in die er anruft und schreibt, und die Nummer beginnt mit keinem davon, oder ohne ein Land.
    .kept = Niemand wurde angerufen oder angeschrieben. Die Nachricht bleibt bei den Zustellungen.
    .next = Schreiben Sie die Nummer mit `+` und ihrem Land. Ist sie gemeint, ergänzen Sie ihren Anfang bei den Ländern des Shops und senden Sie die Nachricht noch einmal.

limit-day = Der Shop sendet heute nichts mehr
    .what = In den letzten 24 Stunden gingen so viele Anrufe oder Textnachrichten hinaus, wie der Shop an einem Tag gehen lässt.
    .kept = Niemand wurde angerufen oder angeschrieben. Die Nachricht bleibt bei den Zustellungen.
    .next = Sehen Sie nach, was so viele sendet. Sind sie gemeint, heben Sie die Grenze des Shops an und senden Sie die Nachricht noch einmal.

limit-hour = Der Shop sendet in dieser Stunde nichts mehr
    .what = In der letzten Stunde gingen so viele Anrufe oder Textnachrichten hinaus, wie der Shop in einer gehen lässt.
    .kept = Niemand wurde angerufen oder angeschrieben. Die Nachricht bleibt bei den Zustellungen.
    .next = Sehen Sie nach, was so viele sendet. Sind sie gemeint, senden Sie die Nachricht später noch einmal, oder heben Sie die Grenze des Shops an.

limit-number = Die Nummer bekommt heute nichts mehr
    .what = An diese Nummer gingen in den letzten 24 Stunden so viele Anrufe oder Textnachrichten, wie der Shop eine Nummer bekommen lässt.
    .kept = Niemand wurde angerufen oder angeschrieben. Die Nachricht bleibt bei den Zustellungen.
    .next = Suchen Sie nach einer Regel, die für diesen Kunden immer wieder läuft. Sind sie gemeint, heben Sie die Grenze des Shops an und senden Sie die Nachricht noch einmal.

limit-premium = Die Nummer kostet extra
    .what = Wer diese Nummer anruft oder anschreibt, bezahlt den, dem sie gehört. Das tut kein Shop von selbst.
    .kept = Niemand wurde angerufen oder angeschrieben. Die Nachricht bleibt bei den Zustellungen.
    .next = Berichtigen Sie die Nummer des Kunden. Finden Sie heraus, woher sie kam: Solche Nummern werden eingetragen, um Geld zu verdienen.

limit-short = Die Nummer gehört niemandem
    .what = Die Nummer ist so kurz wie die für Notfälle und Dienste. Kein Shop ruft sie von selbst an.
    .kept = Niemand wurde angerufen oder angeschrieben. Die Nachricht bleibt bei den Zustellungen.
    .next = Berichtigen Sie die Nummer des Kunden: Schreiben Sie sie mit `+` und ihrem Land.

permanent = Das Plugin gab auf
    .what = Das Plugin sagt, dass es das nicht tun kann und dass ein weiterer Versuch nichts ändern würde.
    .next = Die Meldung ist die des Plugins. Ändern Sie, was sie nennt, und wiederholen Sie dann den Lauf.

retry = Das Plugin bittet um einen weiteren Versuch
    .what = Das Plugin konnte es jetzt nicht und bat um einen weiteren Versuch, und es gab schon so viele, wie es geben darf.
    .next = Die Meldung sagt, worauf es wartete. Ist das da, wiederholen Sie den Lauf.

rule-gone = Die Regel von damals ist nicht mehr da
    .what = Der Lauf begann mit einer Revision der Automatisierung, die nicht mehr aufbewahrt wird.
    .next = Führen Sie die Regel für den Auftrag neu aus.

stack-overflow = Das Plugin rief sich selbst zu tief auf
    .what = Funktionen des Plugins riefen einander tiefer auf, als Platz ist.
    .next = Sagen Sie es seinem Autor, mit der Aufzeichnung des Laufs.

state-too-old = Das Plugin kann nicht da weitermachen, wo es war
    .what = Der Lauf wartete, während das Plugin aktualisiert wurde, und die neue Version kann nicht lesen, was die alte behalten hat.
    .next = Kehren Sie mit `rulewright plugin rollback` zur Version davor zurück und wiederholen Sie den Lauf, oder führen Sie die Regel neu aus.

too-long = Die Nachricht ist zu lang
    .what = Der Text hat mehr Zeichen, als sein Kanal trägt.
    .next = Kürzen Sie den Text der Regel, oder was in ihn eingesetzt wird.

too-many-conflicts = Der Auftrag stand nie still
    .what = Jedes Mal, wenn der Schritt getan war, hatte etwas anderes inzwischen den Auftrag geändert.
    .next = Wiederholen Sie den Lauf. Bleibt es so, suchen Sie eine Regel oder ein Programm, das diesen Auftrag ständig ändert.

transient = Das Plugin konnte es vorerst nicht
    .what = Das Plugin sagt, dass es später gehen kann, und wurde so oft versucht, wie es darf.
    .next = Die Meldung ist die des Plugins. Ist wieder gut, was sie nennt, wiederholen Sie den Lauf.

trap = Das Plugin brach ab
    .what = Das Plugin machte einen Fehler und wurde gestoppt. Die Meldung und das Protokoll des Schritts sagen, wo.
    .next = Sagen Sie es seinem Autor, mit der Aufzeichnung des Laufs.

trigger-gone = Der Auslöser ist nicht mehr da
    .what = Der Auslöser wurde aus der Automatisierung genommen, bevor er geantwortet hatte.
    .kept = Er hat den Auftrag nicht bewegt.
    .next = Es ist nichts zu tun, außer der Auslöser wird noch gebraucht.

version-gone = Die Version des Plugins ist nicht mehr da
    .what = Der Lauf begann mit einer Version des Plugins, die nicht mehr aufbewahrt wird.
    .next = Führen Sie die Regel neu aus, mit der benutzten Version.

worker-died = Der Prozess, in dem der Schritt lief, ist zu Ende
    .what = Der Prozess, in dem das Plugin lief, endete vor dem Schritt: Er wurde beendet, er stürzte ab, oder er musste gehen, weil er sagte, was er nicht sagen darf.
    .next = Es wurde von selbst wieder versucht und nach dem letzten Mal aufgegeben. Wiederholen Sie den Lauf. Geschieht es nur mit einem Plugin, halten Sie es an und sagen Sie es seinem Autor.

not-available-on-plan = Der Tarif des Shops hat das nicht
    .what = Die Regel oder der Auslöser gehört zu einem Plugin, das der Tarif des Shops nicht umfasst.
    .kept = Der Entwurf bleibt, wie er ist; was gilt, läuft weiter.
    .next = Nehmen Sie es aus der Automatisierung, oder lassen Sie es in den Tarif aufnehmen.
