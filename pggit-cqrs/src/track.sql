select pggit.track_cqrs_operations(
    $1, $2, $3, $4, command_schemas => $5, query_schemas => $6, reference_schemas => $7)::text as id
