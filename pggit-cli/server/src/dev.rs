//! A server that stays, with its data: the one of `pggit dev` in the user's data directory, or one elsewhere.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::{Account, is_root};
use crate::binaries::Binaries;
use crate::error::Error;
use crate::server::{free_port, initdb, run_tool, start, stop};

/// A private server that outlives the command that started it. It asks for a password, which its URL has.
#[derive(Debug)]
pub struct DevServer {
    directory: PathBuf,
    version: Option<u32>,
    settings: Vec<(String, String)>,
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

    /// A server in a directory of one's choice, of the major version that is asked for. Data of another version that are there
    /// already win.
    #[must_use]
    pub fn at(directory: PathBuf, version: Option<u32>) -> Self {
        Self { directory, version, settings: Vec::new() }
    }

    /// Starts with these settings, as `("wal_level", "logical")`.
    #[must_use]
    pub fn with_settings(mut self, settings: &[(&str, &str)]) -> Self {
        self.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
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
        std::fs::create_dir_all(&self.directory).map_err(Error::io(&self.directory))?;
        let _lock = self.lock()?;
        if let Some(url) = self.running()? {
            return Ok(url);
        }
        let account = Account::for_server()?;
        let existing = self.data_version();
        let binaries = Binaries::find_or_fetch(existing.or(self.version), say)?;
        if existing.is_none() {
            say(&format!("creating a PostgreSQL {} server in {}", binaries.version, self.directory.display()));
            account.give(&self.directory)?;
            let secret = self.password_file();
            write_private(&secret, &random_word()?)?;
            account.give(&secret)?;
            initdb(&binaries, account, &self.data(), &["-A", "scram-sha-256", &format!("--pwfile={}", secret.display())])?;
        }
        // The port of last time, so that URLs that people noted down stay good.
        let port_file = self.directory.join("port");
        let last = std::fs::read_to_string(&port_file).ok().and_then(|p| p.trim().parse().ok());
        let port = free_port(last)?;
        let settings: Vec<_> = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        start(&binaries, account, &self.directory, port, &settings)?;
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
        stop(&self.binaries()?, Account::for_server()?, &self.data(), "fast")?;
        Ok(true)
    }

    /// Stops the server and deletes its data.
    ///
    /// # Errors
    /// When it cannot be stopped, or the files not deleted.
    pub fn reset(&self) -> Result<(), Error> {
        if !self.directory.exists() {
            return Ok(());
        }
        let _lock = self.lock()?;
        self.stop()?;
        // Only what is ours: the directory may be one that the user chose.
        gone(&self.data(), std::fs::remove_dir_all)?;
        for name in ["password", "port", "server.log", "lock"] {
            gone(&self.directory.join(name), std::fs::remove_file)?;
        }
        // It stays when something else is in it.
        let _ = std::fs::remove_dir(&self.directory);
        Ok(())
    }

    /// The URL of the server's database, when the server runs.
    ///
    /// # Errors
    /// When its files cannot be read.
    pub fn running(&self) -> Result<Option<String>, Error> {
        let Ok(pid_file) = std::fs::read_to_string(self.data().join("postmaster.pid")) else {
            return Ok(None);
        };
        // A machine that lost power leaves the file behind, and another process may have got the number: pg_ctl can tell.
        let mut status = Command::new(self.binaries()?.program("pg_ctl"));
        status.arg("-D").arg(self.data()).arg("status").current_dir("/");
        Account::for_server()?.apply(&mut status);
        match (run_tool(&mut status), pid_file.lines().nth(3).and_then(|port| port.trim().parse().ok())) {
            (Ok(_), Some(port)) => Ok(Some(self.url(port)?)),
            _ => Ok(None),
        }
    }

    /// One process at a time starts or deletes the server.
    fn lock(&self) -> Result<File, Error> {
        let path = self.directory.join("lock");
        let file = File::create(&path).map_err(Error::io(&path))?;
        file.lock().map_err(Error::io(&path))?;
        Ok(file)
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn password_file(&self) -> PathBuf {
        self.directory.join("password")
    }

    /// The major version of the data, when there are any.
    fn data_version(&self) -> Option<u32> {
        std::fs::read_to_string(self.data().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    /// The programs that fit the data.
    fn binaries(&self) -> Result<Binaries, Error> {
        Binaries::find_or_fetch(self.data_version(), &mut |_| {})
    }

    fn url(&self, port: u16) -> Result<String, Error> {
        let secret = self.password_file();
        let password = std::fs::read_to_string(&secret).map_err(Error::io(&secret))?;
        Ok(format!("postgresql://postgres:{}@127.0.0.1:{port}/postgres", password.trim()))
    }
}

/// Deletes what may not be there.
fn gone(path: &Path, delete: fn(PathBuf) -> std::io::Result<()>) -> Result<(), Error> {
    match delete(path.to_owned()) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path)(e)),
        _ => Ok(()),
    }
}

/// A password that nobody guesses.
fn random_word() -> Result<String, Error> {
    let mut bytes = [0u8; 16];
    let source = "/dev/urandom";
    File::open(source).and_then(|mut f| f.read_exact(&mut bytes)).map_err(Error::io(source))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// Nobody else can read it, not even for a moment. One that an interrupted start left behind is replaced.
fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    gone(path, std::fs::remove_file)?;
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(Error::io(path))
}
