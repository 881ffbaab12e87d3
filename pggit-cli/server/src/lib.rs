//! A private PostgreSQL server for development, demonstrations and tests of pgGit.
