-- Runs whose effects are recorded and not done. Few, and listed by themselves.
ALTER TABLE runs ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_in_shadow ON runs (shop) WHERE shadow = 1;
