-- Rows of answering runs that one of some leaves may be found in; those that cost least come first,
-- and what comes later is not even looked for once there are enough.
-- `films`: null, or the only ones. Lexemes are a tsquery, patterns regular expressions; or null.
select found.asset_id, found.start_ms, found.end_ms
from (
    (
        select t.asset_id, t.start_ms, t.end_ms
        from object_labels t
        join current_runs c on c.run_id = t.run_id
        where t.label = any(:objects)
          and (cast(:films as text[]) is null or t.asset_id = any(cast(:films as text[])))
    )
    union all
    (
        select t.asset_id, t.start_ms, t.end_ms
        from place_labels t
        join current_runs c on c.run_id = t.run_id
        where t.label = any(:places)
          and (cast(:films as text[]) is null or t.asset_id = any(cast(:films as text[])))
    )
    union all
    (
        select t.asset_id, t.start_ms, t.end_ms
        from face_clusters t
        join current_runs c on c.run_id = t.run_id
        where t.cluster_id = any(:people)
          and (cast(:films as text[]) is null or t.asset_id = any(cast(:films as text[])))
    )
    union all
    (
        select t.asset_id, t.start_ms, t.end_ms
        from transcript_fts t
        join current_runs c on c.run_id = t.run_id
        where t.text_tsv @@ cast(:said_lexemes as tsquery)
          and (cast(:films as text[]) is null or t.asset_id = any(cast(:films as text[])))
    )
    union all
    (
        select t.asset_id, t.start_ms, t.end_ms
        from ocr_fts t
        join current_runs c on c.run_id = t.run_id
        where t.text_tsv @@ cast(:written_lexemes as tsquery)
          and (cast(:films as text[]) is null or t.asset_id = any(cast(:films as text[])))
    )
    union all
    (
        select t.asset_id, t.start_ms, t.end_ms
        from transcript_fts t
        join current_runs c on c.run_id = t.run_id
        where t.text ~* cast(:said_pattern as text)
          and (t.text_tsv @@ cast(:said_lexemes as tsquery)) is not true
          and (cast(:films as text[]) is null or t.asset_id = any(cast(:films as text[])))
    )
    union all
    (
        select t.asset_id, t.start_ms, t.end_ms
        from ocr_fts t
        join current_runs c on c.run_id = t.run_id
        where t.text ~* cast(:written_pattern as text)
          and (t.text_tsv @@ cast(:written_lexemes as tsquery)) is not true
          and (cast(:films as text[]) is null or t.asset_id = any(cast(:films as text[])))
    )
) found
limit :most
