-- What is counted of runs that have ended, in an index that holds all of it: no body is read to count. Filled in when a run
-- ends and not before, so that the steps on the way do not write it.

ALTER TABLE runs ADD COLUMN ended INTEGER;
-- 'p:<pipeline>' or 'w:<workflow>'.
ALTER TABLE runs ADD COLUMN chain TEXT;
-- The first 16 characters of the component's digest.
ALTER TABLE runs ADD COLUMN build TEXT;
-- Milliseconds from ready to ended.
ALTER TABLE runs ADD COLUMN took INTEGER;
-- Microseconds in the sandbox.
ALTER TABLE runs ADD COLUMN busy INTEGER;
UPDATE runs
SET ended = instant(body ->> '$.ended'),
    chain = coalesce('w:' || (body ->> '$.workflow.workflow'), 'p:' || (body ->> '$.pipeline')),
    build = substr(body ->> '$.digest', 1, 16),
    took = max(0, instant(body ->> '$.ended') - instant(body ->> '$.ready_at')),
    busy = (SELECT coalesce(sum(value ->> '$.usage.microseconds'), 0) FROM json_each(body, '$.trace'))
WHERE open = 0 AND body ->> '$.ended' IS NOT NULL;
CREATE INDEX runs_ended ON runs (shop, ended, state, chain, rule, build, took, busy) WHERE ended IS NOT NULL;
