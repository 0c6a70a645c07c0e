# Dokumente.

documents-title = Titel
documents-number = Nummer
documents-template = Vorlage
documents-run = Lauf
documents-when = Erstellt
documents-size = Größe
documents-none = Noch keine Dokumente. Regeln erstellen sie aus Vorlagen.
documents-none-match = Keine Dokumente passen dazu.
