//! Placeholders: `${name}` in a script, with the values that Flyway is told.

use super::settings::Flags;

/// Puts the values in. An error names the first placeholder that has none, and its line.
pub fn expand(flags: &Flags, file_name: &str, text: &str) -> Result<String, (usize, String)> {
    let (prefix, suffix) = (flags.placeholder_prefix.as_str(), flags.placeholder_suffix.as_str());
    let (mut expanded, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find(prefix) {
        let inside = &rest[start + prefix.len()..];
        let Some(end) = inside.find(suffix) else { break };
        let key = inside[..end].to_ascii_lowercase();
        let value = match key.as_str() {
            "flyway:filename" => Some(file_name.to_owned()),
            // Another one each time that Flyway looks: it never is what was applied.
            "flyway:timestamp" => Some("now".to_owned()),
            key => flags.placeholders.get(key).cloned(),
        };
        expanded.push_str(&rest[..start]);
        let Some(value) = value else {
            let line = text[..text.len() - rest.len() + start].matches('\n').count() + 1;
            return Err((line, format!("the placeholder {prefix}{}{suffix} has no value", &inside[..end])));
        };
        expanded.push_str(&value);
        rest = &inside[end + suffix.len()..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn values_are_put_in() {
        let mut settings = Settings::default();
        settings.add("flyway.placeholders.Owner=ann").expect("a setting");
        let flags = Flags::new(&settings).expect("settings");
        let read = |text: &str| expand(&flags, "V1__a.sql", text);
        assert_eq!(read("grant x to ${owner}; -- ${flyway:filename} $1 ${").as_deref(), Ok("grant x to ann; -- V1__a.sql $1 ${"));
        assert_eq!(read("a\n${flyway:defaultSchema}\n${who}"), Err((3, "the placeholder ${who} has no value".into())));
    }
}
