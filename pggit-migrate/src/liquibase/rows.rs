//! Files of rows, as Liquibase reads them for a checksum: without empty lines and comments.

use super::node::Exact;

/// How many empty lines and comments in a row are followed.
const DEEPEST: usize = 400;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    mark: usize,
    comment: Option<u8>,
    last: Option<u8>,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    /// The next byte, as Liquibase's stream gives it. What it does at the ends of lines is followed step by step: looking ahead there
    /// changes what it remembers.
    fn read(&mut self, last: Option<u8>, is_ahead: bool, depth: usize) -> Exact<Option<u8>> {
        if depth > DEEPEST {
            return Err(format!("it names a file with more than {DEEPEST} empty lines or comments in a row"));
        }
        let mut byte = self.byte();
        if self.comment.is_some() && byte == self.comment && matches!(last, None | Some(b'\n')) {
            loop {
                byte = self.byte();
                if matches!(byte, None | Some(b'\n' | b'\r' | 0)) {
                    break;
                }
            }
        }
        let Some(read) = byte else { return Ok(None) };
        if read == b'\r' || read == b'\n' && matches!(last, None | Some(b'\n')) {
            return self.read(self.last, false, depth + 1);
        }
        if read == b'\n' {
            self.mark = self.at;
            if self.read(Some(b'\n'), true, depth + 1)?.is_none() {
                return Ok(None);
            }
            self.at = self.mark;
        }
        if !is_ahead {
            self.last = Some(read);
        }
        Ok(Some(read))
    }
}

/// The bytes of a file without empty lines and without lines that begin with a character.
pub(super) fn without_comments(bytes: &[u8], comment: Option<u8>) -> Exact<Vec<u8>> {
    let mut reader = Reader { bytes, at: 0, mark: 0, comment, last: None };
    let mut kept = Vec::with_capacity(bytes.len());
    while let Some(byte) = reader.read(reader.last, false, 0)? {
        kept.push(byte);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_left_out() {
        let text = |text: &str| String::from_utf8(without_comments(text.as_bytes(), Some(b'#')).expect("few lines")).expect("text");
        assert_eq!(text("# c\na,b\n\n1,2\r\n"), "a,b\n1,2");
        assert_eq!(text("a\n#b\nc#d\n\n\n"), "a\nc#d");
        assert_eq!(text(""), "");
        assert!(without_comments("\n".repeat(10_000).as_bytes(), None).is_err());
    }
}
