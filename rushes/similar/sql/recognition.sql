select (settings -> 'face_recognition') is distinct from cast('false' as jsonb) as recognised
from libraries
where slug = :library
