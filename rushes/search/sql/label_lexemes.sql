select label, array_to_string(tsvector_to_array(to_tsvector('english', label)), ' ') as lexemes
from unnest(cast(:labels as text[])) as label
