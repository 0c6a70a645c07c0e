# Documents.

documents-title = Title
documents-number = Number
documents-template = Template
documents-order = Order
documents-run = Run
documents-when = Created
documents-size = Size
documents-none = No documents yet. Rules make them from templates.
documents-none-next = Go to Automation
documents-none-match = No documents match.
