use rulewright_domain::{Alarm, OrderId, Rings, ShopId, Timestamp};

use super::{
    New, read,
    sample::{NOW, ONE, TWO},
    write,
};

fn schedule(shop: ShopId, name: &str, at: i64) -> Alarm {
    Alarm { shop, at: NOW.plus(at), rings: Rings::Schedule { name: name.into() } }
}

fn date(order: i64, field: &str, at: i64) -> Alarm {
    let rings = Rings::Date { order: OrderId(order), field: field.into(), offset_minutes: -60 };
    Alarm { shop: ONE, at: NOW.plus(at), rings }
}

async fn due(storage: &New, at: i64, limit: u32) -> Vec<(ShopId, String)> {
    read(storage, move |reads| reads.due_alarms(NOW.plus(at), limit)).await
}

pub async fn due_alarms_come_earliest_first(storage: New) {
    assert_eq!(read(&storage, |reads| reads.next_alarm()).await, None);
    write(&storage, |tx| {
        tx.put_alarm(&schedule(ONE, "late", 30))?;
        tx.put_alarm(&schedule(TWO, "early", 10))?;
        tx.put_alarm(&date(1, "meeting", 20))
    })
    .await;
    let early = (TWO, schedule(TWO, "early", 10).key());
    let meeting = (ONE, date(1, "meeting", 20).key());
    assert_eq!(due(&storage, 9, 10).await, []);
    assert_eq!(due(&storage, 20, 10).await, [early.clone(), meeting.clone()]);
    assert_eq!(due(&storage, 99, 2).await, [early, meeting]);
    let next = read(&storage, |reads| reads.next_alarm()).await;
    assert_eq!(next, Some(Timestamp(NOW.0 + 10)));
}

pub async fn an_alarm_is_replaced_by_its_key(storage: New) {
    write(&storage, |tx| {
        tx.put_alarm(&date(1, "meeting", 20))?;
        tx.put_alarm(&date(1, "meeting", 40))
    })
    .await;
    let key = date(1, "meeting", 0).key();
    let wanted = key.clone();
    let found = read(&storage, move |reads| reads.alarm(ONE, &wanted)).await;
    assert_eq!(found, Some(date(1, "meeting", 40)));
    assert_eq!(due(&storage, 20, 10).await, []);
    write(&storage, move |tx| {
        tx.remove_alarm(ONE, &key)?;
        tx.remove_alarm(ONE, &key)
    })
    .await;
    assert_eq!(due(&storage, 99, 10).await, []);
}

pub async fn alarms_of_an_order_are_found(storage: New) {
    write(&storage, |tx| {
        tx.put_alarm(&date(1, "meeting", 20))?;
        tx.put_alarm(&date(1, "delivery", 10))?;
        tx.put_alarm(&date(2, "meeting", 10))?;
        tx.put_alarm(&schedule(ONE, "daily", 10))
    })
    .await;
    let found = read(&storage, |reads| {
        Ok((reads.alarms_of_order(ONE, OrderId(1))?, reads.alarms_of_order(TWO, OrderId(1))?))
    })
    .await;
    assert_eq!(found, (vec![date(1, "delivery", 10), date(1, "meeting", 20)], Vec::new()));
}

pub async fn an_alarm_of_another_shop_is_out_of_reach(storage: New) {
    write(&storage, |tx| tx.put_alarm(&schedule(ONE, "daily", 10))).await;
    let key = schedule(ONE, "daily", 0).key();
    let wanted = key.clone();
    assert_eq!(read(&storage, move |reads| reads.alarm(TWO, &wanted)).await, None);
    write(&storage, move |tx| tx.remove_alarm(TWO, &key)).await;
    assert_eq!(due(&storage, 10, 10).await.len(), 1);
}
