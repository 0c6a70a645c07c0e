//! An application that is installed in the shop, for calls that only applications may make.

use rulewright_domain::{
    Actor, Application, EmployeeId,
    application::{Pass, PassKind},
};
use rulewright_engine::{Consent, NewApplication, Registered};
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{PutRecords, Sequence},
};
use sha2::{Digest, Sha256};

use super::{Shop, shop::AREAS};
use crate::caller::hex;

/// Its token, which acts as employee 1 and as an administrator.
pub const ACCESS: &str = "rwa_1_golden0access0token";
/// The same, but not as an administrator.
pub const PLAIN: &str = "rwa_1_golden0plain0token";

impl Shop {
    /// Not told of its installation.
    pub async fn quiet_application(&self) -> Registered {
        self.application_with(None).await
    }

    async fn application_with(&self, handler: Option<&str>) -> Registered {
        let registered = self.registered(handler).await;
        let Application { id, areas, .. } = registered.application.clone();
        let consent = Consent { areas, employee: Some(EmployeeId(1)), admin: true, by: Actor::Host };
        self.engine.install_application(self.id, id, consent).await.unwrap();
        for (token, admin) in [(ACCESS, true), (PLAIN, false)] {
            let secret = token.rsplit_once('_').unwrap().1;
            let hash = hex(&Sha256::digest(secret));
            let (shop, expires) = (self.id, self.engine.clock().now().plus(PassKind::Access.lasts()));
            let stored = self.engine.storage().write::<_, StorageError, _>(move |tx| {
                let pass = Pass {
                    id: tx.next(Sequence::Record)?,
                    kind: PassKind::Access,
                    hash: hash.clone(),
                    application: id,
                    employee: EmployeeId(1),
                    admin,
                    grant: 0,
                    redirect: None,
                    expires,
                    used: false,
                };
                tx.put_record(shop, &pass)
            });
            stored.await.unwrap();
        }
        self.engine.idle().await;
        registered
    }

    /// Not installed.
    pub async fn registered(&self, handler: Option<&str>) -> Registered {
        let areas = AREAS.iter().chain(&["department"]).map(|area| (*area).to_owned());
        let new = NewApplication {
            code: "golden".into(),
            name: "Golden".into(),
            redirects: vec!["https://app.example/oauth".into(), "https://app.example/other?x=1".into()],
            handler: handler.map(str::to_owned),
            areas: areas.collect(),
        };
        self.engine.register_application(self.id, new).await.unwrap()
    }
}
