//! Writes generated changelogs: a directory, the release that they are for, a seed and how many changesets.

use pggit_tests::changelogs::{Release, generate, write_to};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(release), Some(seed), Some(count)) =
        (arguments.next(), arguments.next(), arguments.next(), arguments.next())
    else {
        return Err(std::io::Error::other("changelogs DIRECTORY old|new SEED COUNT"));
    };
    let number = |text: String| text.parse::<u64>().map_err(std::io::Error::other);
    let count = usize::try_from(number(count)?).map_err(std::io::Error::other)?;
    let release = if release == "old" { Release::Old } else { Release::New };
    write_to(directory.as_ref(), &generate(release, number(seed)?, count))
}
