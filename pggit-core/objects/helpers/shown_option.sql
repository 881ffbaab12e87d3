-- An option of a foreign object: by its name only where its name, or what it says, could be that of a secret.
select case
           when split_part(o.item, '=', 1) collate pg_catalog."C" ~* 'pass|pwd|psw|secret|token|credential|key|bearer|jwt|signature|private|cookie|authorization|session_?id|^(auth|pin|otp|pw|pat|sas|sig|salt|login)$|_(pin|otp|pw|pat|sas|sig)$'
               -- a file has a header, or has none
               or split_part(o.item, '=', 1) collate pg_catalog."C" ~* 'headers?$' and o.item collate pg_catalog."C" !~* '^[^=]*=\s*(true|false|on|off|yes|no|match|[0-9]+)\s*$'
               -- the arguments of a program may be anything, but for one that unpacks a file
               or split_part(o.item, '=', 1) collate pg_catalog."C" ~* '^(program|command)$'
                  and o.item collate pg_catalog."C" !~* '^[^=]*=([\w./-]*|(/[\w./-]*/)?(gunzip|gzip|zcat|bzip2|bzcat|xz|xzcat|zstd|zstdcat|lz4|cat)(\s+-[a-z]+)*(\s+[\w./-]+)*)$'
               or substr(o.item, position('=' in o.item) + 1) collate pg_catalog."C" ~* '://\S*@|^[^:@\s]+:\S*@|\m(bearer|basic)\s+\S|(^|\s)(-u|--user|--proxy-user)[\s=]*\S+:\S|\m(pass\w*|pwd|pw|secret|sig|signature|\w*token|\w*(api|access|account)[-_]?key|authorization|cookie)\s*[=:]|^[^/@\s]+/[^/@\s]+@|-----BEGIN|passw'
               then split_part(o.item, '=', 1) || '=***'
           else o.item
       end
from (select $1 as item offset 0) as o
