drop schema pggit cascade;
