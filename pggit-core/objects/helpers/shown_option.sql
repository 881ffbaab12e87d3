-- An option of a foreign object: by its name only where its name, or what it says, could be that of a secret.
select case
           when split_part(o.item, '=', 1) collate pg_catalog."C" ~* 'pass|pwd|secret|token|credential|key|bearer|jwt|signature|private|cookie|^(auth|pin|otp|pw|sas|sig|salt|login)$|_(pin|otp|pw|sas|sig)$'
               or substr(o.item, position('=' in o.item) + 1) collate pg_catalog."C" ~* '://[^/]*:[^/]*@|\m(pass\w*|pwd|pw|secret|sig|signature|\w*token|(api|access)_?key)\s*=|^[^/@\s]+/[^/@\s]+@|-----BEGIN|passw'
               then split_part(o.item, '=', 1) || '=***'
           else o.item
       end
from (select $1 as item offset 0) as o
