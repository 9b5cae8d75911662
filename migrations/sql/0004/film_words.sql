-- Every word of a film's answering transcript or on-screen text, without its places; null where
-- there are more than a tsvector can hold, which then says nothing.
create function film_words(film text, of_stage text)
returns table (kind text, words tsvector) language sql stable as $$
    with texts as (
        select 'transcript' as kind, run_id, artifact_id, text_tsv
        from transcript_fts where of_stage = 'transcript' and asset_id = film
        union all
        select 'ocr', run_id, artifact_id, text_tsv
        from ocr_fts where of_stage = 'ocr' and asset_id = film
    ),
    lexemes as (
        select distinct t.kind, word.lexeme
        from texts t
        join current_runs c on c.run_id = t.run_id
        cross join unnest(t.text_tsv) as word
        where not exists (select from replaced_artifacts r where r.artifact_id = t.artifact_id)
    )
    select kind,
        case when sum(octet_length(lexeme) + 2) < 1000000
            then array_to_tsvector(array_agg(lexeme)) end
    from lexemes
    group by kind
$$
