-- Where mails go out from and come in. Part of the configuration, except for the passwords.
CREATE TABLE mailboxes (
    shop          INTEGER NOT NULL REFERENCES shops (id),
    id            TEXT    NOT NULL,
    body          TEXT    NOT NULL,
    smtp_password TEXT,
    imap_password TEXT,
    PRIMARY KEY (shop, id)
) STRICT;

-- What has become of them: changes with every mail, and is no configuration.
CREATE TABLE mailbox_states (
    shop INTEGER NOT NULL,
    id   TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (shop, id),
    FOREIGN KEY (shop, id) REFERENCES mailboxes (shop, id) ON DELETE CASCADE
) STRICT;
