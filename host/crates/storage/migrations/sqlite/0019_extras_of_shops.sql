-- What came with a package belongs to the shop that brought it: two shops may have the same component from two places, and what
-- stands beside it in one is not what the other reads.

CREATE TABLE extras_of_shops (
    digest    TEXT    NOT NULL REFERENCES packages (digest) ON DELETE CASCADE,
    shop      INTEGER NOT NULL REFERENCES shops (id),
    readme    TEXT,
    changelog TEXT,
    icon      BLOB,
    PRIMARY KEY (digest, shop)
) STRICT;
INSERT INTO extras_of_shops
SELECT digest, shop, readme, changelog, icon FROM package_extras JOIN (
    SELECT shop, digest FROM installations
    UNION SELECT shop, digest FROM replaced_plugins
    UNION SELECT shop, digest FROM offers
) USING (digest);
DROP TABLE package_extras;
ALTER TABLE extras_of_shops RENAME TO package_extras;
