-- What is new in each version, as the package's publisher tells it.

ALTER TABLE package_extras ADD COLUMN changelog TEXT;
