-- Of embeddings those that answer, each with the document that its moment is of: the scene that its
-- text was cut for or that it lies in most, else that of its film.
-- `sources`: null, or only windows of text of these.
select
    e.embedding_id, e.artifact_id, e.asset_id, e.start_ms, e.end_ms,
    coalesce(scene.artifact_id, e.asset_id) as part
from embeddings e
join current_runs c on c.run_id = e.run_id
join artifacts m on m.artifact_id = e.artifact_id
left join lateral (
    select s.artifact_id
    from scene_ranges s
    join current_runs x on x.run_id = s.run_id
    where s.asset_id = e.asset_id
      and s.start_ms < e.end_ms
      and s.start_ms > e.start_ms - coalesce((
          select longest_ms from longest_spans l
          where l.asset_id = e.asset_id and l.artifact_type = 'scene'
      ), 9000000000000)
      and lies_in(e.start_ms, e.end_ms, s.start_ms, s.end_ms)
      and not exists (select from replaced_artifacts x where x.artifact_id = s.artifact_id)
    order by
        coalesce(s.scene_index = cast(m.payload ->> 'scene_index' as integer), false) desc,
        least(s.end_ms, e.end_ms) - greatest(s.start_ms, e.start_ms) desc,
        s.start_ms
    limit 1
) scene on true
where e.embedding_id = any(cast(:embedding_ids as text[]))
  and (
      cast(:sources as text[]) is null
      or m.payload ->> 'source' = any(cast(:sources as text[]))
  )
  and not exists (select from replaced_artifacts x where x.artifact_id = e.artifact_id)
  -- A window is not cut anew when somebody corrects what it holds, and nothing says which words it
  -- has of what was replaced: some words are not found rather than wrong ones.
  and not exists (
      select
      from replaced_artifacts x
      join artifacts t on t.artifact_id = x.artifact_id
      where x.asset_id = e.asset_id
        and x.stage = m.payload ->> 'source'
        and t.span_start_ms < e.end_ms
        and t.span_end_ms > e.start_ms
  )
