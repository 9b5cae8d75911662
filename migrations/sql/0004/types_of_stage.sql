-- STAGE_OF_TYPE the other way round.
create function types_of_stage(stage text) returns text[]
language sql immutable parallel safe as $$
    select array_agg(each) from unnest(array[
        'video.metadata', 'scene', 'transcript.segment', 'object.detection', 'face.detection',
        'place.classification', 'ocr.text', 'frame.embedding', 'text.embedding'
    ]) as each
    where stage_of_type(each) = stage
$$
