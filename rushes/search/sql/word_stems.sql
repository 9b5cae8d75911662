select
    asked.configuration,
    asked.word,
    tsvector_to_array(to_tsvector(cast(asked.configuration as regconfig), asked.word)) as lexemes
from unnest(cast(:configurations as text[]), cast(:words as text[])) as asked(configuration, word)
