-- What a shop has installed of recipes, in which pipeline. Part of the configuration.
CREATE TABLE recipes (
    shop     INTEGER NOT NULL REFERENCES shops (id),
    pipeline TEXT    NOT NULL,
    recipe   TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (shop, pipeline, recipe)
) STRICT;
