use serde::{Deserialize, Serialize};

use crate::EmployeeId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    pub id: EmployeeId,
    pub name: String,
    #[serde(default)]
    pub phone: Option<String>,
    /// Where there is no other number.
    #[serde(default)]
    pub work_phone: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub position: Option<String>,
    #[serde(default)]
    pub head: Option<EmployeeId>,
    #[serde(default)]
    pub absent: bool,
    #[serde(default = "yes")]
    pub working: bool,
}

fn yes() -> bool {
    true
}
