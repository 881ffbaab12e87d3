-- Whether an element is none of what goes with temporary objects.
not {bound} ?| array[
    pg_catalog.format('%s %s 0', {element}.classid, {element}.objid),
    pg_catalog.format('%s %s %s', {element}.classid, {element}.objid, {element}.objsubid),
    pg_catalog.format('%s %s 0', {element}.root_classid, {element}.root_objid)]
