//! Text in the encodings that migrations are written in.

use std::path::Path;

use crate::{MigrationError, files};

/// Bytes as text; what is not text in the encoding is an error with its line.
pub(crate) fn decode(path: &Path, bytes: Vec<u8>, encoding: &str) -> Result<String, MigrationError> {
    let error = |line, reason: String| MigrationError::File { path: path.to_owned(), line, reason };
    match encoding.to_ascii_uppercase().replace('_', "-").as_str() {
        "UTF-8" | "UTF8" => return files::utf8(path, bytes),
        // Not what browsers mean by these names: every byte is the character of its number.
        "ISO-8859-1" | "ISO8859-1" | "LATIN1" | "L1" => return Ok(bytes.into_iter().map(char::from).collect()),
        "US-ASCII" | "ASCII" => {
            return match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(place) => Err(error(files::line_after(&bytes[..place]), "it is not US-ASCII".into())),
                None => files::utf8(path, bytes),
            };
        }
        _ => {}
    }
    let Some(known) = known(encoding) else {
        return Err(error(1, format!("the encoding \"{encoding}\" is not known")));
    };
    // Big-endian unless a mark says otherwise, as Java reads it.
    let known = if encoding.eq_ignore_ascii_case("UTF-16") && !bytes.starts_with(&[0xff, 0xfe]) { encoding_rs::UTF_16BE } else { known };
    let (text, _, has_errors) = known.decode(&bytes);
    if has_errors {
        let line = text.split('\u{fffd}').next().unwrap_or_default().matches('\n').count() + 1;
        return Err(error(line, format!("it is not {encoding}")));
    }
    Ok(text.into_owned())
}

/// An encoding by its name.
fn known(encoding: &str) -> Option<&'static encoding_rs::Encoding> {
    encoding_rs::Encoding::for_label(encoding.as_bytes())
        .or_else(|| encoding_rs::Encoding::for_label(encoding.to_ascii_lowercase().replace("cp", "windows-").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], encoding: &str) -> Result<String, String> {
        decode(Path::new("x.sql"), bytes.to_vec(), encoding).map_err(|e| e.to_string())
    }

    #[test]
    fn texts_are_read_in_their_encoding() {
        assert_eq!(decoded(b"caf\xe9\x80", "ISO-8859-1").as_deref(), Ok("café\u{80}"));
        assert_eq!(decoded(b"\x80", "windows-1252").as_deref(), Ok("€"));
        assert_eq!(decoded(b"\x80", "Cp1252").as_deref(), Ok("€"));
        assert_eq!(decoded(b"\xff\xfea\0", "UTF-16").as_deref(), Ok("a"));
        assert_eq!(decoded(b"\0a", "UTF-16").as_deref(), Ok("a"));
        assert_eq!(decoded("é".as_bytes(), "utf-8").as_deref(), Ok("é"));
    }

    #[test]
    fn what_is_not_in_the_encoding_is_an_error_with_its_line() {
        assert_eq!(decoded(b"a\nb\xff", "UTF-8"), Err("x.sql:2: it is not UTF-8".into()));
        assert_eq!(decoded(b"a\n\nb\xe9", "US-ASCII"), Err("x.sql:3: it is not US-ASCII".into()));
        assert_eq!(decoded(b"a\n\x81\xff", "Shift_JIS"), Err("x.sql:2: it is not Shift_JIS".into()));
        assert_eq!(decoded(b"a", "klingon"), Err("x.sql:1: the encoding \"klingon\" is not known".into()));
    }
}
