-- Rows, an index, joins, aggregates and a recursive query, in memory.
CREATE TABLE part(id INTEGER PRIMARY KEY, kind INTEGER, weight REAL, name TEXT);
WITH RECURSIVE n(i, x) AS (SELECT 1, 12345 UNION ALL SELECT i + 1, (x * 1103515245 + 12345) & 2147483647 FROM n WHERE i < 60000)
  INSERT INTO part SELECT i, x >> 8 & 255, (x >> 4) / 1024.0, printf('part-%08x', x) FROM n;
CREATE INDEX by_kind ON part(kind, weight);
SELECT kind, count(*), round(sum(weight), 3), min(name), max(name) FROM part GROUP BY kind ORDER BY 2 DESC, 1 LIMIT 10;
SELECT count(*), round(avg(a.weight - b.weight), 6) FROM part a JOIN part b ON a.kind = b.kind AND b.id = a.id + 256;
UPDATE part SET weight = weight * 1.5 WHERE name LIKE '%f';
SELECT count(*), round(sum(weight), 3) FROM part WHERE name GLOB '*[0-9]a*' OR kind IN (SELECT kind FROM part WHERE id % 997 = 0);
DELETE FROM part WHERE kind < 64;
SELECT count(*), round(total(weight), 3), group_concat(DISTINCT substr(name, -1)) FROM (SELECT * FROM part ORDER BY name);
