-- The privileges on an object ($1), where they are not those that its type ($2) and owner ($3) bring.
select case when not ($1 @> acldefault($2, $3) and $1 <@ acldefault($2, $3)) then coalesce(pggit.sorted($1::text[]), '[]') end
