//! Who runs the server: ourselves, or an unprivileged user where we are root.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;

/// The user that PostgreSQL's programs run as, where that is not ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    other: Option<(u32, u32)>,
}

impl Account {
    /// Ourselves; as root the user `postgres` or `pggit`, which is created when there is neither.
    pub(crate) fn for_server() -> Result<Self, Error> {
        if !is_root() {
            return Ok(Self { other: None });
        }
        if let Some(ids) = lookup("postgres").or_else(|| lookup("pggit")) {
            return Ok(Self { other: Some(ids) });
        }
        let made = Command::new("useradd").args(["--system", "--no-create-home", "pggit"]).output();
        match (made, lookup("pggit")) {
            (_, Some(ids)) => Ok(Self { other: Some(ids) }),
            (Ok(output), None) => Err(Error::NoUser(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
            (Err(e), None) => Err(Error::NoUser(format!("useradd: {e}"))),
        }
    }

    /// Gives a directory to the account.
    pub(crate) fn give(self, path: &Path) -> Result<(), Error> {
        match self.other {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)).map_err(Error::io(path)),
            None => Ok(()),
        }
    }

    /// Whether the account can go into a directory: below root's home it cannot.
    pub(crate) fn reaches(self, path: &Path) -> bool {
        let mut command = Command::new("sh");
        command.args(["-c", "cd \"$1\"", "sh"]).arg(path).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.apply(&mut command);
        command.status().is_ok_and(|s| s.success())
    }

    /// Makes a command run as the account.
    pub(crate) fn apply(self, command: &mut Command) {
        if let Some((uid, gid)) = self.other {
            command.uid(uid).gid(gid);
        }
    }
}

/// A directory for servers: the one that is preferred where the server's account can go into it, else the system's temporary one.
/// The preferred directory is created when it is not there.
///
/// # Errors
/// [`Error::NoUser`] when we are root and there is no other user.
pub fn server_directory(preferred: PathBuf) -> Result<PathBuf, Error> {
    let usable = std::fs::create_dir_all(&preferred).is_ok() && Account::for_server()?.reaches(&preferred);
    Ok(if usable { preferred } else { PathBuf::from("/tmp") })
}

/// Whether we are root: what we own tells.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self")
        .map_or_else(|_| Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n"), |m| m.uid() == 0)
}

fn lookup(name: &str) -> Option<(u32, u32)> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some((uid, gid))
    })
}
