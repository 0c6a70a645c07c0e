//! Names of user fields in both spellings: `UF_CRM_...`, and what the universal methods make of it.

/// `UF_CRM_3_DIGIT` is `ufCrm3Digit`; where letters and digits are mixed, or there are only digits, the rest stays as it
/// is behind `ufCrm_`.
pub fn camel(name: &str) -> String {
    let Some(rest) = name.strip_prefix("UF_CRM_") else { return plain_camel(name) };
    let (number, rest) = match rest.split_once('_') {
        Some((number, rest)) if digits(number) => (number, rest),
        _ => ("", rest),
    };
    if !number.is_empty() && digits(rest) {
        format!("ufCrm{number}_{rest}")
    } else if !rest.is_empty() && rest.split('_').all(letters) {
        format!("ufCrm{number}{}", rest.split('_').map(capitalised).collect::<String>())
    } else if number.is_empty() {
        format!("ufCrm_{rest}")
    } else {
        format!("ufCrm_{number}_{rest}")
    }
}

/// The other way round. None: it is no name of a user field.
pub fn upper(name: &str) -> Option<String> {
    if name.starts_with("UF_") {
        return Some(name.to_owned());
    }
    let rest = name.strip_prefix("ufCrm").filter(|rest| !rest.is_empty())?;
    if let Some(rest) = rest.strip_prefix('_') {
        return Some(format!("UF_CRM_{rest}"));
    }
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let rest = rest.strip_prefix(&number).unwrap_or(rest);
    let mut name = String::from("UF_CRM");
    if !number.is_empty() {
        name.push('_');
        name.push_str(&number);
    }
    name.push_str(&snake(rest));
    Some(name)
}

/// `ASSIGNED_BY_ID` is `assignedById`, `PARENT_ID_1220` is `parentId1220`.
pub fn plain_camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_ascii_lowercase();
    words.fold(first, |name, word| name + &capitalised(word))
}

/// Capitals and numbers begin a word: `ManagerNote` is `_MANAGER_NOTE`.
pub fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut was_digit = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() || (letter.is_ascii_digit() && !was_digit && !snake.ends_with('_')) {
            snake.push('_');
        }
        was_digit = letter.is_ascii_digit();
        snake.push(letter.to_ascii_uppercase());
    }
    snake
}

fn digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn letters(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + &letters.as_str().to_ascii_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_fields_have_the_names_of_the_contract_in_both_spellings() {
        for (name, other) in [
            ("UF_CRM_3_DIGIT", "ufCrm3Digit"),
            ("UF_CRM_3_1747309727", "ufCrm3_1747309727"),
            ("UF_CRM_3_DIGIT10", "ufCrm_3_DIGIT10"),
            ("UF_CRM_1747309879", "ufCrm_1747309879"),
            ("UF_CRM_MANAGER_NOTE", "ufCrmManagerNote"),
            ("UF_CRM_NOTE", "ufCrmNote"),
            ("UF_CRM_A1_B", "ufCrm_A1_B"),
        ] {
            assert_eq!(camel(name), other);
            assert_eq!(upper(other).as_deref(), Some(name));
            assert_eq!(upper(name).as_deref(), Some(name));
        }
        for none in ["ufCrm", "title", "TITLE", "uf"] {
            assert_eq!(upper(none), None, "{none}");
        }
        assert_eq!(plain_camel("PARENT_ID_1220"), "parentId1220");
        assert_eq!(plain_camel("TITLE"), "title");
        assert_eq!(snake("parentId1220"), "PARENT_ID_1220");
    }
}
