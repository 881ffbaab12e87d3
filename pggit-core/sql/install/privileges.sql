-- Nobody but the owner gets in unless he is let in.
revoke all on schema pggit from public;
revoke all on all tables in schema pggit from public;
revoke all on all functions in schema pggit from public;
revoke all on all sequences in schema pggit from public;
