//! Adding, changing and removing rows of directories.

use rulewright_domain::{Dictionary, DictionaryEntry, Pipeline, Stage, StageKind};
use rulewright_engine::Refusal;
use serde_json::{Map, Value};

use super::{
    directories, found,
    rows::{self, Directory, Source, entries, sorts},
};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    funnel,
    methods::category::conflict,
    scalar,
    seek::Row,
};

const ERROR_CORE: &str = "ERROR_CORE";

/// What a caller wants of a new row, or of one that is there.
#[derive(Clone, Default)]
struct Wish {
    code: String,
    name: Option<String>,
    sort: Option<i64>,
    /// Within: none.
    color: Option<Option<String>>,
    kind: Option<StageKind>,
}

pub async fn add(call: Call) -> Outcome {
    let fields = call.params.map("fields")?;
    let entity = required(&fields, "ENTITY_ID")?;
    let code = required(&fields, "STATUS_ID")?;
    let failed = |why: &str| Fault::classic(format!("Error on creating status. {why}"));
    let wish = Wish { code, ..wish(&fields).map_err(|why| failed(&why))? };
    if wish.name.is_none() {
        return Err(Fault::classic("The field Title is required."));
    }
    must_be_admin(&call)?;
    let all = directories(&call).await?;
    let directory = all.into_iter().find(|one| one.entity.eq_ignore_ascii_case(&entity));
    let directory = directory.ok_or_else(|| Fault::classic("Specified entity type is not supported."))?;
    let engine = call.engine();
    let code = match &directory.source {
        Source::Pipeline(pipeline) => {
            let prefix = funnel::stage_code(pipeline, "");
            let own = wish.code.strip_prefix(prefix.as_str()).unwrap_or(&wish.code).to_owned();
            let wish = Wish { code: own, ..wish };
            let code = funnel::stage_code(pipeline, &wish.code);
            add_stage(&mut pipeline.clone(), &wish)?;
            let patch = move |pipeline: &mut Pipeline| add_stage(pipeline, &wish).map_err(conflict);
            let done = engine.change_pipeline(call.asked(), pipeline.id.clone(), patch).await;
            done.map_err(|refusal| failed(&refusal.to_string()))?;
            code
        }
        Source::Dictionary { dictionary, .. } => {
            let code = wish.code.clone();
            add_entry(&mut dictionary.clone(), &wish)?;
            let patch = move |dictionary: &mut Dictionary| add_entry(dictionary, &wish).map_err(conflict);
            let done = engine.change_dictionary(call.asked(), dictionary.name.clone(), patch).await;
            done.map_err(|refusal| failed(&refusal.to_string()))?;
            code
        }
    };
    let all = directories(&call).await?;
    let directory = all.iter().find(|one| one.entity == directory.entity);
    let mut rows = directory.map(entries).unwrap_or_default().into_iter();
    let added = rows.find(|row| row.get("STATUS_ID").is_some_and(|known| *known == *code));
    let id = added.as_ref().and_then(|row| row.get("ID")).and_then(scalar::integer);
    Ok(Answer::of(id.ok_or_else(|| failed("It has been removed again."))?))
}

pub async fn update(call: Call) -> Outcome {
    let (row, directory) = found(&call).await?;
    let fields = call.params.map("fields")?;
    let failed = |why: &str| Fault::classic(format!("Error on updating status. {why}"));
    let wish = Wish { code: own_code(&row, &directory), ..wish(&fields).map_err(|why| failed(&why))? };
    must_be_admin(&call)?;
    let engine = call.engine();
    let done = match directory.source {
        Source::Pipeline(pipeline) => {
            let patch = move |pipeline: &mut Pipeline| {
                let stage = pipeline.stages.iter().position(|stage| stage.id.0 == wish.code);
                let stage = stage.ok_or_else(gone)?;
                fix_stages(pipeline);
                let mut changed = pipeline.stages.remove(stage);
                let sort = wish.sort.filter(|sort| Some(*sort) != changed.sort);
                changed.name = wish.name.clone().unwrap_or(changed.name);
                changed.color = wish.color.clone().unwrap_or(changed.color);
                place(&mut pipeline.stages, changed, sort, stage, |stage| &mut stage.sort);
                Ok(())
            };
            engine.change_pipeline(call.asked(), pipeline.id, patch).await
        }
        Source::Dictionary { dictionary, .. } => {
            let patch = move |dictionary: &mut Dictionary| {
                let entry = dictionary.entries.iter().position(|entry| entry.id == wish.code);
                let entry = entry.ok_or_else(gone)?;
                fix_entries(dictionary);
                let mut changed = dictionary.entries.remove(entry);
                let sort = wish.sort.filter(|sort| Some(*sort) != changed.sort);
                changed.name = wish.name.clone().unwrap_or(changed.name);
                changed.color = wish.color.clone().unwrap_or(changed.color);
                place(&mut dictionary.entries, changed, sort, entry, |entry| &mut entry.sort);
                Ok(())
            };
            engine.change_dictionary(call.asked(), dictionary.name, patch).await
        }
    };
    done.map_err(|refusal| failed(&refusal.to_string()))?;
    Ok(Answer::of(true))
}

pub async fn delete(call: Call) -> Outcome {
    let (row, directory) = found(&call).await?;
    must_be_admin(&call)?;
    let params = call.params.maybe_map("params")?.unwrap_or_default();
    let forced = params.iter().find(|(name, _)| name.eq_ignore_ascii_case("FORCED"));
    let forced = forced.and_then(|(_, value)| scalar::flag(value)).unwrap_or(false);
    if row.get("SYSTEM").is_some_and(|system| *system == "Y") && !forced {
        return Err(Fault::classic(
            "CRM System Status can be deleted only if parameter FORCED is specified and equal to \"Y\".",
        ));
    }
    let code = own_code(&row, &directory);
    let engine = call.engine();
    let done = match directory.source {
        Source::Pipeline(pipeline) => {
            let (shop, id) = (call.shop(), pipeline.id.clone());
            let counts = call.read(move |reads| Ok(reads.order_counts(shop)?)).await?;
            if counts.iter().any(|(of, stage, orders)| *of == id && stage.0 == code && *orders > 0) {
                return Err(Fault::classic("There are active items in this status."));
            }
            let patch = move |pipeline: &mut Pipeline| {
                fix_stages(pipeline);
                pipeline.stages.retain(|stage| stage.id.0 != code);
                Ok(())
            };
            engine.change_pipeline(call.asked(), pipeline.id, patch).await
        }
        Source::Dictionary { dictionary, .. } => {
            let patch = move |dictionary: &mut Dictionary| {
                fix_entries(dictionary);
                dictionary.entries.retain(|entry| entry.id != code);
                Ok(())
            };
            engine.change_dictionary(call.asked(), dictionary.name, patch).await
        }
    };
    match done {
        Ok(()) => Ok(Answer::of(true)),
        // Somebody came first.
        Err(Refusal::Conflict { .. }) => Err(Fault::classic("There are active items in this status.")),
        Err(refusal) => Err(Fault::classic(format!("Error on deleting status. {refusal}"))),
    }
}

fn must_be_admin(call: &Call) -> Result<(), Fault> {
    call.caller.must_be_admin().map_err(|_| Fault::classic("Access denied."))
}

fn gone() -> Refusal {
    Refusal::Conflict { message: "Status is not found.".to_owned() }
}

/// As the pipeline or the dictionary knows it.
fn own_code(row: &Row, directory: &Directory) -> String {
    let code = row.get("STATUS_ID").and_then(Value::as_str).unwrap_or_default();
    let own = directory.pipeline().and_then(|pipeline| funnel::stage(pipeline, code));
    own.map_or_else(|| code.to_owned(), |stage| stage.id.0.clone())
}

fn field<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn required(fields: &Map<String, Value>, name: &str) -> Result<String, Fault> {
    let text = field(fields, name).and_then(scalar::text).map(|text| text.trim().to_owned());
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| Fault::classic(format!("The field {name} is required.")))
}

fn wish(fields: &Map<String, Value>) -> Result<Wish, String> {
    let name = match field(fields, "NAME").and_then(scalar::text) {
        Some(name) if name.trim().is_empty() => return Err("The field Title is required.".to_owned()),
        name => name.map(|name| name.trim().to_owned()),
    };
    let sort = match field(fields, "SORT").filter(|sort| !scalar::is_empty(sort)) {
        None => None,
        Some(sort) => Some(scalar::integer(sort).filter(|sort| *sort >= 0).ok_or("SORT is a whole number.")?),
    };
    // In the field of its own, or where older clients have it.
    let extra = field(fields, "EXTRA").and_then(Value::as_object);
    let inner = |name| field(fields, name).or_else(|| field(extra?, name));
    let color = inner("COLOR").map(|color| scalar::text(color).filter(|color| !color.is_empty()));
    let semantics = inner("SEMANTICS").and_then(scalar::text).unwrap_or_default();
    let kind = match semantics.to_ascii_uppercase().as_str() {
        "" => None,
        "P" | "PROCESS" => Some(StageKind::Open),
        "S" | "SUCCESS" => Some(StageKind::Won),
        "F" | "FAILURE" | "APOLOGY" => Some(StageKind::Lost),
        _ => return Err("SEMANTICS is P, S or F.".to_owned()),
    };
    Ok(Wish { code: String::new(), name, sort, color, kind })
}

fn add_stage(pipeline: &mut Pipeline, wish: &Wish) -> Result<(), Fault> {
    if pipeline.stages.iter().any(|stage| stage.id.0 == wish.code) {
        return Err(exists());
    }
    fix_stages(pipeline);
    let kind = wish.kind.unwrap_or(StageKind::Open);
    let won = pipeline.stages.iter().find(|stage| stage.kind == StageKind::Won).and_then(|won| won.sort);
    let too_late = wish.sort.zip(won).is_some_and(|(sort, won)| sort >= won);
    if won.is_some() && (kind == StageKind::Won || (kind == StageKind::Open && too_late)) {
        return Err(Fault::classic(
            "Cannot create more stages after the final stage because the final successful stage already exists. \
             Try using sort order values less than that of the final stage.",
        ));
    }
    // Open ones stand before the first that ends, the others behind.
    let open = pipeline.stages.iter().take_while(|stage| stage.kind == StageKind::Open).count();
    let at = if kind == StageKind::Open { open } else { pipeline.stages.len() };
    let sort = match (kind, won) {
        (StageKind::Lost, Some(won)) => wish.sort.map(|sort| sort.max(won.saturating_add(1))),
        _ => wish.sort,
    };
    let name = wish.name.clone().unwrap_or_default();
    let color = wish.color.clone().flatten();
    let stage = Stage { color, ..Stage::new(wish.code.as_str(), name, kind) };
    place(&mut pipeline.stages, stage, sort, at, |stage| &mut stage.sort);
    Ok(())
}

fn add_entry(dictionary: &mut Dictionary, wish: &Wish) -> Result<(), Fault> {
    if dictionary.entry(&wish.code).is_some() {
        return Err(exists());
    }
    fix_entries(dictionary);
    let color = wish.color.clone().flatten();
    let entry =
        DictionaryEntry { color, ..DictionaryEntry::new(&wish.code, wish.name.clone().unwrap_or_default()) };
    let at = dictionary.entries.len();
    place(&mut dictionary.entries, entry, wish.sort, at, |entry| &mut entry.sort);
    Ok(())
}

fn exists() -> Fault {
    Fault::coded(ERROR_CORE, "The specified status ID already exists.")
}

/// From now on the numbers that clients have seen are said, so that what comes between does not move them.
fn fix_stages(pipeline: &mut Pipeline) {
    let sorts = sorts(pipeline.stages.iter().map(|stage| stage.sort));
    pipeline.stages.iter_mut().zip(sorts).for_each(|(stage, sort)| stage.sort = Some(sort));
}

fn fix_entries(dictionary: &mut Dictionary) {
    let sorts = sorts(dictionary.entries.iter().map(|entry| entry.sort));
    dictionary.entries.iter_mut().zip(sorts).for_each(|(entry, sort)| entry.sort = Some(sort));
}

/// Where its number to sort by has it, behind those with the same; without one at the given place.
fn place<T>(all: &mut Vec<T>, mut one: T, sort: Option<i64>, at: usize, of: fn(&mut T) -> &mut Option<i64>) {
    let known: Vec<i64> = rows::sorts(all.iter_mut().map(|one| *of(one)));
    let (at, sort) = match sort {
        Some(sort) => (known.iter().take_while(|known| **known <= sort).count(), sort),
        None => {
            let before = at.checked_sub(1).and_then(|at| known.get(at)).copied().unwrap_or(0);
            let own = *of(&mut one);
            let between = known.get(at).map(|after| before + (after - before) / 2);
            (at, own.or(between).unwrap_or(before.saturating_add(10)))
        }
    };
    *of(&mut one) = Some(sort);
    all.insert(at.min(all.len()), one);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic;

    fn add(
        pipeline: &mut Pipeline,
        code: &str,
        sort: Option<i64>,
        kind: Option<StageKind>,
    ) -> Result<(), Fault> {
        let name = Some(code.to_owned());
        add_stage(pipeline, &Wish { code: code.to_owned(), name, sort, kind, color: None })
    }

    fn order(pipeline: &Pipeline) -> Vec<(&str, i64)> {
        let sorts = sorts(pipeline.stages.iter().map(|stage| stage.sort));
        pipeline.stages.iter().map(|stage| stage.id.0.as_str()).zip(sorts).collect()
    }

    #[test]
    fn a_new_stage_stands_where_its_sort_has_it_and_moves_no_other() {
        let mut pipeline = classic::pipeline();
        add(&mut pipeline, "CHECK", Some(25), None).unwrap();
        add(&mut pipeline, "LAST", None, None).unwrap();
        add(&mut pipeline, "SPAM", None, Some(StageKind::Lost)).unwrap();
        add(&mut pipeline, "EARLY", Some(5), Some(StageKind::Lost)).unwrap();
        assert_eq!(
            order(&pipeline),
            [
                ("NEW", 10),
                ("PREPARATION", 20),
                ("CHECK", 25),
                ("PREPAYMENT_INVOICE", 30),
                ("EXECUTING", 40),
                ("FINAL_INVOICE", 50),
                ("LAST", 55),
                ("WON", 60),
                ("EARLY", 61),
                ("LOSE", 70),
                ("APOLOGY", 80),
                ("SPAM", 90),
            ]
        );
    }

    #[test]
    fn no_stage_comes_after_the_won_one_and_none_twice() {
        let mut pipeline = classic::pipeline();
        for (code, sort, kind) in
            [("LATE", Some(60), None), ("LATE", Some(900), None), ("WON_2", None, Some(StageKind::Won))]
        {
            let refused = add(&mut pipeline, code, sort, kind).unwrap_err();
            assert!(refused.description.starts_with("Cannot create more stages"), "{code} {sort:?}");
        }
        assert_eq!(add(&mut pipeline, "NEW", None, None).unwrap_err().code, ERROR_CORE);
    }
}
