-- Templates that are files, and numerators that begin anew each year, month or day.

-- By what they hold, so that a run of the past finds what it has filled; templates name them.
CREATE TABLE template_files (
    shop   INTEGER NOT NULL REFERENCES shops (id),
    digest TEXT    NOT NULL,
    bytes  BLOB    NOT NULL,
    PRIMARY KEY (shop, digest)
) STRICT;

-- The last number taken in each period: the empty one where a numerator never begins anew.
CREATE TABLE numbers_of_periods (
    shop      INTEGER NOT NULL REFERENCES shops (id),
    numerator TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    last      INTEGER NOT NULL,
    PRIMARY KEY (shop, numerator, period)
) STRICT, WITHOUT ROWID;
INSERT INTO numbers_of_periods (shop, numerator, period, last)
SELECT shop, numerator, '', last FROM numerators_state;
DROP TABLE numerators_state;
ALTER TABLE numbers_of_periods RENAME TO numerators_state;
