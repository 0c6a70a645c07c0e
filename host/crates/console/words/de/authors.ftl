# Was sich die Autoren von Plugins ansehen: Fehler, Verbrauch, Testfälle, und was eine neue Version ändert.
backtrace-title = { $count ->
    [one] Wo es war: eine Funktion
   *[other] Wo es war: { $count } Funktionen, die innerste zuerst
}
backtrace-no-names = Die Komponente enthält keine Namen von Funktionen. Ihr Autor behält sie mit strip = "debuginfo" in dem Profil, mit dem sie gebaut wird.
