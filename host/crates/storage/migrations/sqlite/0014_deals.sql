-- Indices of deals that end in what their column is asked for together with, and in no more: `updated` changes with every
-- deal, a stage often, so each index that has one of them costs something each time.

DROP INDEX deals_by_pipeline;
DROP INDEX deals_by_stage;
DROP INDEX deals_by_responsible;
DROP INDEX deals_by_created;
CREATE INDEX deals_by_pipeline ON deals (shop, pipeline);
CREATE INDEX deals_by_stage ON deals (shop, stage, id, pipeline);
CREATE INDEX deals_by_responsible ON deals (shop, responsible, id, pipeline);
-- Each may be common and both together rare.
CREATE INDEX deals_by_stage_and_responsible ON deals (shop, stage, responsible, id, pipeline);
CREATE INDEX deals_by_created ON deals (shop, created);
