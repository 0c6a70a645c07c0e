//! OAuth 2.0: a person lets an installed application act in their name; the code that they bring it is exchanged for
//! tokens, and tokens for the next ones.

use rulewright_domain::{
    Application, ApplicationId, EmployeeId, ShopId, Timestamp,
    application::{Pass, PassKind, access_token, read_access_token, shop_of_client},
};
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{PutRecords, Records, Sequence},
};

use crate::{
    Consent, Engine, Refusal,
    change::Change,
    hash::{hash_of, secret},
};

/// Who agrees that an application acts in their name.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub employee: EmployeeId,
    pub admin: bool,
}

/// What an application exchanges.
#[derive(Clone)]
pub enum Redeem {
    /// With the address that the person was sent back to, if the application says it again.
    Code {
        code: String,
        redirect: Option<String>,
    },
    Refresh(String),
}

/// What it gets.
#[derive(Clone)]
pub struct Authorized {
    pub application: Application,
    pub shop: ShopId,
    pub employee: EmployeeId,
    pub access: String,
    pub refresh: String,
    pub expires: Timestamp,
}

const CLIENT: &str = "invalid-client";
const GRANT: &str = "invalid-grant";

fn denied(code: &'static str, message: &str) -> Refusal {
    Refusal::Denied { code, message: message.to_owned() }
}

impl Engine {
    pub async fn application_named(&self, client_id: &str) -> Result<Option<(ShopId, Application)>, Refusal> {
        let Some(shop) = shop_of_client(client_id) else { return Ok(None) };
        let name = client_id.to_owned();
        let read = self.storage().read(move |reads| {
            Ok::<_, Refusal>(reads.record_named::<Application>(shop, &name)?.map(|found| (shop, found)))
        });
        read.await
    }

    /// The code, for the redirect. Where the application is not installed, `consent` installs it in the same step.
    pub async fn authorize_application(
        &self,
        shop: ShopId,
        id: ApplicationId,
        person: Person,
        redirect: Option<String>,
        consent: Option<Consent>,
    ) -> Result<String, Refusal> {
        let (code, welcome) = (secret()?, secret()?);
        let hash = hash_of(code.as_bytes());
        self.change(shop, move |change| {
            if let Some(consent) = &consent {
                change.install_application(id, consent, &welcome)?;
            }
            if change.application(id)?.installed.is_none() {
                return Err(denied(CLIENT, "the application is not installed in this shop"));
            }
            let grant = change.tx.next(Sequence::Record)?;
            let base = Pass {
                id: 0,
                kind: PassKind::Code,
                hash: String::new(),
                application: id,
                employee: person.employee,
                admin: person.admin,
                grant,
                redirect: redirect.clone(),
                expires: change.now,
                used: false,
            };
            change.give(base, PassKind::Code, hash.clone())
        })
        .await?;
        Ok(code)
    }

    pub async fn redeem(
        &self,
        client_id: &str,
        client_secret: &str,
        what: Redeem,
    ) -> Result<Authorized, Refusal> {
        let unknown = || denied(CLIENT, "no application has this client_id and client_secret");
        let (shop, application) = self.application_named(client_id).await?.ok_or_else(unknown)?;
        // Hashes are compared: how long that takes tells nothing of the secret.
        if application.secret != hash_of(client_secret.as_bytes()) {
            return Err(unknown());
        }
        let (id, access, refresh) = (application.id, secret()?, secret()?);
        let (access_hash, refresh_hash) = (hash_of(access.as_bytes()), hash_of(refresh.as_bytes()));
        // What ends a stolen grant has to stay, so the refusal is a value.
        let done = self.change(shop, move |change| {
            let application = change.application(id)?;
            if application.installed.is_none() {
                return Ok(Err(denied(CLIENT, "the application is not installed in this shop")));
            }
            change.forget_passes(id)?;
            let shown = match change.exchanged(application, &what)? {
                Ok(shown) => shown,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let employee = shown.employee;
            change.give(shown.clone(), PassKind::Access, access_hash.clone())?;
            change.give(shown, PassKind::Refresh, refresh_hash.clone())?;
            Ok(Ok((employee, change.now.plus(PassKind::Access.lasts()))))
        });
        let (employee, expires) = done.await??;
        let access = access_token(shop, &access);
        Ok(Authorized { application, shop, employee, access, refresh, expires })
    }

    /// Whose an access token is, be it over or not. None: nobody's.
    pub fn holder_of(&self, token: &str) -> Result<Option<(ShopId, Application, Pass)>, StorageError> {
        let Some((shop, secret)) = read_access_token(token) else { return Ok(None) };
        let hash = hash_of(secret.as_bytes());
        self.storage().glance(move |reads| {
            let found = reads.record_named::<Pass>(shop, &hash)?;
            let Some(pass) = found.filter(|pass| pass.kind == PassKind::Access) else { return Ok(None) };
            let application = reads.record::<Application>(shop, pass.application.0)?;
            Ok(application.map(|application| (shop, application, pass)))
        })
    }
}

impl Change<'_> {
    /// Of the same grant as another.
    fn give(&mut self, of: Pass, kind: PassKind, hash: String) -> Result<(), Refusal> {
        let redirect = of.redirect.clone().filter(|_| kind == PassKind::Code);
        let id = self.tx.next(Sequence::Record)?;
        let expires = self.now.plus(kind.lasts());
        let pass = Pass { id, kind, hash, redirect, expires, used: false, ..of };
        Ok(self.tx.put_record(self.shop, &pass)?)
    }

    /// What was shown, from now on worth nothing. The inner error is to be told, and what was done stays.
    fn exchanged(
        &mut self,
        mut application: Application,
        what: &Redeem,
    ) -> Result<Result<Pass, Refusal>, Refusal> {
        let (secret, kind) = match what {
            Redeem::Code { code, .. } => (code, PassKind::Code),
            Redeem::Refresh(token) => (token, PassKind::Refresh),
        };
        let id = application.id;
        let found = self.tx.record_named::<Pass>(self.shop, &hash_of(secret.as_bytes()))?;
        let found = found.filter(|pass| (pass.kind, pass.application) == (kind, id));
        let Some(mut pass) = found.filter(|pass| pass.used || !pass.is_over(self.now)) else {
            let message = match kind {
                PassKind::Code => "the code is unknown or over: it can be exchanged for 30 seconds",
                _ => "the refresh token is unknown or over: let the person agree again",
            };
            return Ok(Err(denied(GRANT, message)));
        };
        if pass.used {
            self.end_grant(id, pass.grant)?;
            let message =
                "it was exchanged before: somebody else may have it, so all that came of it has ended";
            return Ok(Err(denied(GRANT, message)));
        }
        if let Redeem::Code { redirect: Some(said), .. } = what
            && pass.redirect.as_ref() != Some(said)
        {
            return Ok(Err(denied(GRANT, "redirect_uri is not the one that the code was sent to")));
        }
        let works = self.config.employees.get(&pass.employee).is_some_and(|employee| employee.working);
        if !works {
            return Ok(Err(denied(GRANT, "the person does not work for this shop any more")));
        }
        if application.welcome.as_ref() == Some(secret) {
            application.welcome = None;
            self.tx.put_record(self.shop, &application)?;
        }
        pass.used = true;
        pass.expires = self.now;
        self.tx.put_record(self.shop, &pass)?;
        Ok(Ok(pass))
    }

    fn end_grant(&mut self, id: ApplicationId, grant: i64) -> Result<(), Refusal> {
        for pass in self.tx.all_records::<Pass>(self.shop, Some(&id.to_string()))? {
            if pass.grant == grant {
                self.tx.remove_record::<Pass>(self.shop, pass.id)?;
            }
        }
        Ok(())
    }

    /// Those that are long over.
    fn forget_passes(&mut self, id: ApplicationId) -> Result<(), Refusal> {
        for pass in self.tx.all_records::<Pass>(self.shop, Some(&id.to_string()))? {
            if pass.is_forgotten(self.now) {
                self.tx.remove_record::<Pass>(self.shop, pass.id)?;
            }
        }
        Ok(())
    }
}
