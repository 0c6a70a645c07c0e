# Clients.

clients-contact = Contact
clients-company = Company
clients-kind = Kind
clients-search = Name, mail or phone
clients-name = Name
clients-phone = Phone
clients-email = Email
clients-since = Known since
clients-none = No clients yet. They come with orders, calls and mails.
clients-none-match = No clients match.

clients-id = Id
clients-edit = Edit
clients-edit-title = Edit { $name }
clients-reach = How to reach them
clients-no-address = No address is known.
clients-phones = Phones
clients-emails = Emails
clients-websites = Websites
clients-messengers = Messengers
clients-links = Links
clients-unsubscribed = Wants no marketing by
clients-contacts = Contacts
clients-companies = Companies
clients-responsible = Responsible
clients-locale = Language
clients-zone = Time zone
clients-updated = Changed
clients-order-total = Total
clients-order-created = Created
clients-no-orders = No orders yet.
clients-timeline = Timeline
clients-no-entries = Nothing is written about this client yet.

clients-given = Given name
clients-middle = Middle name
clients-family = Family name
clients-points-help = Empty a field to remove it. The last row adds one.
clients-point-kind = { $list }, { $number }: used for
clients-point-value = { $list }, { $number }
clients-point-mobile = Mobile
clients-point-work = Work
clients-point-home = Home
clients-point-main = Main
