-- pair: the rows of pairing with a number each, which is narrower than the ids and means nothing beyond this run; 0 for the row that stands for the unseen.
SELECT CASE WHEN seen THEN rowid::INTEGER + 1 ELSE 0 END AS ordinal, * FROM pairing
