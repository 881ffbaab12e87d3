-- The comment on an object ($1, $2).
select note.description
from pg_description as note
where note.classoid = $1
  and note.objoid = $2
  and note.objsubid = 0
