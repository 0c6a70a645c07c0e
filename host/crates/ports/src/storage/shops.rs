use rulewright_domain::{Employee, EmployeeId, Shop, ShopConfig, ShopId, Token, TokenId};

use super::Result;

pub trait ReadShops {
    fn shops(&mut self) -> Result<Vec<Shop>>;
    fn shop(&mut self, id: ShopId) -> Result<Option<Shop>>;
    /// Grows whenever anything that [`ShopConfig`] holds changes.
    fn config_version(&mut self, shop: ShopId) -> Result<u64>;
    /// None: there is no such shop.
    fn config(&mut self, shop: ShopId) -> Result<Option<ShopConfig>>;
    fn token_by_hash(&mut self, hash: &str) -> Result<Option<Token>>;
    fn tokens(&mut self, shop: ShopId) -> Result<Vec<Token>>;
    /// What was answered the first time that this key came from this source.
    fn answer(&mut self, shop: ShopId, source: &str, key: &str) -> Result<Option<String>>;
}

pub trait WriteShops {
    fn put_shop(&mut self, shop: &Shop) -> Result<()>;
    fn put_employee(&mut self, shop: ShopId, employee: &Employee) -> Result<()>;
    fn remove_employee(&mut self, shop: ShopId, id: EmployeeId) -> Result<()>;
    fn put_token(&mut self, token: &Token) -> Result<()>;
    /// Whether there was one.
    fn remove_token(&mut self, shop: ShopId, id: TokenId) -> Result<bool>;
    fn put_answer(&mut self, shop: ShopId, source: &str, key: &str, answer: &str) -> Result<()>;
}
