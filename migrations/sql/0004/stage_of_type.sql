-- The stage whose runs make artifacts of a type: STAGE_OF_TYPE of the code, for the database.
create function stage_of_type(artifact_type text) returns text
language sql immutable parallel safe as $$
    select case artifact_type
        when 'video.metadata' then 'source_video'
        when 'scene' then 'scenes'
        when 'transcript.segment' then 'transcript'
        when 'object.detection' then 'objects'
        when 'face.detection' then 'faces'
        when 'place.classification' then 'places'
        when 'ocr.text' then 'ocr'
        when 'frame.embedding' then 'frame_embeddings'
        when 'text.embedding' then 'text_embeddings'
    end
$$
