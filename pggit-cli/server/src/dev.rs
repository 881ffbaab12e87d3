//! The server of `pggit dev`: it stays, with its data, in the user's data directory.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::account::{Account, is_root};
use crate::binaries::Binaries;
use crate::error::Error;
use crate::server::{free_port, initdb, start, stop};

/// A private server that outlives the command that started it.
#[derive(Debug)]
pub struct DevServer {
    directory: PathBuf,
    version: Option<u32>,
}

impl DevServer {
    /// The server of this user: under XDG_DATA_HOME, or ~/.local/share; for root under /var/lib.
    ///
    /// # Errors
    /// [`Error::NoHome`].
    pub fn in_user_data() -> Result<Self, Error> {
        let own = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let base = match own {
            Some(base) => base,
            None if is_root() => PathBuf::from("/var/lib"),
            None => PathBuf::from(std::env::var_os("HOME").ok_or(Error::NoHome)?).join(".local/share"),
        };
        Ok(Self::at(base.join("pggit/dev"), None))
    }

    /// A server in a directory of one's choice, of the major version that is asked for.
    #[must_use]
    pub fn at(directory: PathBuf, version: Option<u32>) -> Self {
        Self { directory, version }
    }

    /// Where the server's data are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts the server, or finds it running; gives the URL of its database. Says on `say` what takes time.
    ///
    /// # Errors
    /// When PostgreSQL cannot be had, or its programs fail.
    pub fn start(&self, say: &mut dyn FnMut(&str)) -> Result<String, Error> {
        if let Some(url) = self.running()? {
            return Ok(url);
        }
        let account = Account::for_server()?;
        let data = self.directory.join("data");
        let existing = std::fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|v| v.trim().parse().ok());
        let binaries = Binaries::find_or_fetch(existing.or(self.version), say)?;
        if existing.is_none() {
            say(&format!("creating a PostgreSQL {} server in {}", binaries.version, self.directory.display()));
            std::fs::create_dir_all(&self.directory).map_err(Error::io(&self.directory))?;
            account.give(&self.directory)?;
            let secret = self.directory.join("password");
            write_private(&secret, &random_word()?)?;
            account.give(&secret)?;
            let pwfile = format!("--pwfile={}", secret.display());
            initdb(&binaries, account, &data, &["-A", "scram-sha-256", &pwfile])?;
        }
        let port = free_port()?;
        start(&binaries, account, &self.directory, port, &[("max_connections", "50")])?;
        let port_file = self.directory.join("port");
        std::fs::write(&port_file, port.to_string()).map_err(Error::io(&port_file))?;
        self.url(port)
    }

    /// Stops the server. False when it was not running.
    ///
    /// # Errors
    /// When `pg_ctl` fails.
    pub fn stop(&self) -> Result<bool, Error> {
        if self.running()?.is_none() {
            return Ok(false);
        }
        let data = self.directory.join("data");
        let version = std::fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|v| v.trim().parse().ok());
        stop(&Binaries::find_or_fetch(version, &mut |_| {})?, Account::for_server()?, &data, "fast")?;
        Ok(true)
    }

    /// Stops the server and deletes its data.
    ///
    /// # Errors
    /// When it cannot be stopped, or the files not deleted.
    pub fn reset(&self) -> Result<(), Error> {
        self.stop()?;
        match std::fs::remove_dir_all(&self.directory) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(&self.directory)(e)),
            _ => Ok(()),
        }
    }

    /// The URL of the server's database, when the server runs.
    ///
    /// # Errors
    /// When its files cannot be read.
    pub fn running(&self) -> Result<Option<String>, Error> {
        let port = std::fs::read_to_string(self.directory.join("port")).ok().and_then(|p| p.trim().parse::<u16>().ok());
        let pid = self.directory.join("data/postmaster.pid");
        match port {
            Some(port) if pid.exists() && std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() => Ok(Some(self.url(port)?)),
            _ => Ok(None),
        }
    }

    fn url(&self, port: u16) -> Result<String, Error> {
        let secret = self.directory.join("password");
        let password = std::fs::read_to_string(&secret).map_err(Error::io(&secret))?;
        Ok(format!("postgresql://postgres:{}@127.0.0.1:{port}/postgres", password.trim()))
    }
}

/// A password that nobody guesses.
fn random_word() -> Result<String, Error> {
    let mut bytes = [0u8; 16];
    let source = "/dev/urandom";
    std::fs::File::open(source).and_then(|mut f| f.read_exact(&mut bytes)).map_err(Error::io(source))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(Error::io(path))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(Error::io(path))
}
