//! End-to-end tests: one binary, a module for each part.

mod adopt;
mod bodies;
mod capture;
mod configuration;
mod cqrs;
mod cqrs_runner;
mod deployment;
mod dump;
mod endurance;
mod export;
mod function_impacts;
mod function_units;
mod functions;
mod guide;
mod history;
mod install;
mod kinds;
mod laws;
mod migrations;
mod operations;
mod random;
mod resolutions;
mod rights;
mod rules;
mod signatures;
mod verify;
