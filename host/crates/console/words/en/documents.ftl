# Documents.

documents-title = Title
documents-number = Number
documents-template = Template
documents-run = Run
documents-when = Created
documents-size = Size
documents-none = No documents yet. Rules make them from templates.
documents-none-match = No documents match.
