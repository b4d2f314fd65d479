-- A database whose structures are known because they are planted, one per table or two, so that each can be measured alone (truth_measure.sql).
-- Deterministic: rnd(n, salt) is uniform in [0, 1).
CREATE FUNCTION rnd(n bigint, salt text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  $$ SELECT (hashint8extended(n, hashtextextended(salt, 0)) & 4294967295) / 4294967296.0 $$;

-- Affinity of two parents: four purchases in five are of the buyer's own kind.
CREATE TABLE buyer (id int PRIMARY KEY, kind text NOT NULL, budget int NOT NULL);
CREATE TABLE good (id int PRIMARY KEY, kind text NOT NULL, price numeric(8,2) NOT NULL);
CREATE TABLE purchase (
  id int PRIMARY KEY, buyer_id int NOT NULL REFERENCES buyer, good_id int NOT NULL REFERENCES good,
  unit_price numeric(8,2) NOT NULL, quantity int NOT NULL, total numeric(10,2) NOT NULL
);
INSERT INTO buyer SELECT i, 'k' || floor(rnd(i, 'bk') * 5), 100 + floor(rnd(i, 'bb') * 900) FROM generate_series(1, 2000) i;
INSERT INTO good SELECT i, 'k' || i % 5, round((5 + rnd(i, 'gp') * 95)::numeric, 2) FROM generate_series(1, 400) i;
INSERT INTO purchase SELECT p.id, p.buyer, g.id, g.price, p.quantity, g.price * p.quantity FROM (
    SELECT i AS id, 1 + floor(rnd(i, 'pb') ^ 2 * 2000)::int AS buyer, 1 + floor(rnd(i, 'pq') * 5)::int AS quantity,
      floor(rnd(i, 'pg') * 80)::int * 5 AS nth, rnd(i, 'pa') < 0.8 AS same, floor(rnd(i, 'po') * 5)::int AS other
    FROM generate_series(1, 16000) i) p
  JOIN buyer b ON b.id = p.buyer
  JOIN good g ON g.id = p.nth + CASE WHEN same THEN CASE substr(b.kind, 2) WHEN '0' THEN 5 ELSE substr(b.kind, 2)::int END ELSE other + 1 END;

-- Siblings that share a value; the parent's totals over its children.
CREATE TABLE trip (id int PRIMARY KEY, line text NOT NULL, stops int NOT NULL, fares numeric(10,2) NOT NULL);
CREATE TABLE stop (trip_id int NOT NULL REFERENCES trip, position int NOT NULL, vehicle text NOT NULL, fare numeric(6,2) NOT NULL, PRIMARY KEY (trip_id, position));
INSERT INTO trip SELECT i, 'L' || floor(rnd(i, 'tl') * 12), 0, 0 FROM generate_series(1, 2500) i;
INSERT INTO stop SELECT t.id, p, (ARRAY['bus', 'tram', 'rail', 'boat', 'taxi', 'lift'])[1 + floor(rnd(t.id, 'tv') * 6)::int], round((1 + rnd(t.id * 100 + p, 'tf') * 9)::numeric, 1)
  FROM trip t, generate_series(1, 2 + floor(rnd(t.id, 'ts') * 7)::int) p;
UPDATE trip SET (stops, fares) = (SELECT count(*), sum(fare) FROM stop WHERE trip_id = id);

-- A running balance, and a history whose rows begin where the one before ended.
CREATE TABLE wallet (id int PRIMARY KEY, plan text NOT NULL, opened date NOT NULL);
CREATE TABLE movement (id int PRIMARY KEY, wallet_id int NOT NULL REFERENCES wallet, at timestamp NOT NULL, amount numeric(10,2) NOT NULL, balance numeric(12,2) NOT NULL);
CREATE TABLE contract (wallet_id int NOT NULL REFERENCES wallet, begins date NOT NULL, ends date NOT NULL, level text NOT NULL, PRIMARY KEY (wallet_id, begins));
INSERT INTO wallet SELECT i, 'p' || floor(rnd(i, 'wp') * 3), date '2018-01-01' + floor(rnd(i, 'wo') * 1500)::int FROM generate_series(1, 1500) i;
INSERT INTO movement SELECT row_number() OVER (ORDER BY w, n), w, at, amount, sum(amount) OVER (PARTITION BY w ORDER BY n) FROM (
  SELECT w.id AS w, n, w.opened + n * interval '9 days' + rnd(w.id * 100 + n, 'mt') * interval '5 days' AS at,
    CASE WHEN n = 0 THEN 500 ELSE round(((rnd(w.id * 100 + n, 'ma') - 0.4) * 200)::numeric, 2) END AS amount
  FROM wallet w, generate_series(0, 4 + floor(rnd(w.id, 'mn') * 12)::int) n) m;
INSERT INTO contract SELECT w, opened + coalesce(sum(days) OVER (PARTITION BY w ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::int,
    opened + sum(days) OVER (PARTITION BY w ORDER BY n)::int, 'level ' || least(n, 3)
  FROM (SELECT w.id AS w, n, opened, 60 + floor(rnd(w.id * 10 + n, 'cd') * 400)::int AS days FROM wallet w, generate_series(1, 1 + floor(rnd(w.id, 'cn') * 5)::int) n) c;

-- A calendar that all parents share: promotions are the same everywhere on a day; every shop has every day.
CREATE TABLE shop (id int PRIMARY KEY, size text NOT NULL);
CREATE TABLE daily (shop_id int NOT NULL REFERENCES shop, day date NOT NULL, promotion boolean NOT NULL, sales int NOT NULL, PRIMARY KEY (shop_id, day));
INSERT INTO shop SELECT i, (ARRAY['small', 'large'])[1 + i % 2] FROM generate_series(1, 240) i;
INSERT INTO daily SELECT s.id, d, rnd(d - date '2020-01-01', 'dp') < 0.3,
    round((CASE s.size WHEN 'large' THEN 300 ELSE 100 END) * (CASE WHEN rnd(d - date '2020-01-01', 'dp') < 0.3 THEN 1.5 ELSE 1 END) * (0.8 + 0.4 * rnd(s.id * 1000 + (d - date '2020-01-01'), 'ds')))
  FROM shop s, (SELECT date '2020-01-01' + n FROM generate_series(0, 89) n) days(d);

-- A tree: folders hold folders of their own kind, files only at the bottom.
CREATE TABLE folder (id int PRIMARY KEY, parent_id int REFERENCES folder, kind text NOT NULL, depth int NOT NULL);
INSERT INTO folder SELECT i, NULL, 'kind ' || i % 4, 0 FROM generate_series(1, 100) i;
INSERT INTO folder SELECT 100 + i, 1 + floor(rnd(i, 'f1') ^ 2 * 100)::int, '', 1 FROM generate_series(1, 600) i;
INSERT INTO folder SELECT 700 + i, 101 + floor(rnd(i, 'f2') ^ 2 * 600)::int, '', 2 FROM generate_series(1, 2400) i;
UPDATE folder f SET kind = CASE WHEN rnd(f.id, 'fk') < 0.9 THEN p.kind ELSE 'kind ' || floor(rnd(f.id, 'fl') * 4) END FROM folder p WHERE p.id = f.parent_id AND f.depth = 1;
UPDATE folder f SET kind = CASE WHEN rnd(f.id, 'fk') < 0.9 THEN p.kind ELSE 'kind ' || floor(rnd(f.id, 'fl') * 4) END FROM folder p WHERE p.id = f.parent_id AND f.depth = 2;

-- Trees within groups: comments on a post answer earlier ones, mostly the last, in the tone of these.
CREATE TABLE post (id int PRIMARY KEY, board text NOT NULL);
CREATE TABLE comment (id int PRIMARY KEY, post_id int NOT NULL REFERENCES post, parent_id int REFERENCES comment, tone text NOT NULL);
INSERT INTO post SELECT i, 'board ' || i % 7 FROM generate_series(1, 800) i;
WITH RECURSIVE said AS (SELECT p.id AS post, 1 AS n, NULL::int AS up, 'tone ' || floor(rnd(p.id, 'o0') * 5) AS tone, ARRAY['tone ' || floor(rnd(p.id, 'o0') * 5)] AS tones FROM post p
  UNION ALL SELECT s.post, s.n + 1, a.up, t.tone, s.tones || t.tone FROM said s,
    LATERAL (SELECT s.post * 100 + s.n + 1 AS k) k,
    LATERAL (SELECT CASE WHEN rnd(k, 'or') < 0.3 THEN NULL WHEN rnd(k, 'ol') < 0.6 THEN s.n ELSE 1 + floor(rnd(k, 'oe') * s.n)::int END AS up) a,
    LATERAL (SELECT CASE WHEN a.up IS NOT NULL AND rnd(k, 'ot') < 0.85 THEN s.tones[a.up] ELSE 'tone ' || floor(rnd(k, 'ou') * 5) END AS tone) t
  WHERE s.n < 2 + floor(rnd(s.post, 'on') * 16))
INSERT INTO comment SELECT row_number() OVER (ORDER BY post, n), post, CASE WHEN up IS NOT NULL THEN row_number() OVER (ORDER BY post, n) - n + up END, tone FROM said;

-- A shortcut: a ticket's account is its contact's. Repeat partners: three tickets in four go to the agent of the one before.
CREATE TABLE account (id int PRIMARY KEY, tier text NOT NULL, city text NOT NULL, state text NOT NULL);
CREATE TABLE contact (id int PRIMARY KEY, account_id int NOT NULL REFERENCES account, first_name text NOT NULL, last_name text NOT NULL, email text NOT NULL, city text NOT NULL);
CREATE TABLE agent (id int PRIMARY KEY, team text NOT NULL);
CREATE TABLE ticket (id int PRIMARY KEY, contact_id int NOT NULL REFERENCES contact, account_id int NOT NULL REFERENCES account, agent_id int NOT NULL REFERENCES agent,
  opened timestamp NOT NULL, closed timestamp, priority int NOT NULL);
INSERT INTO account SELECT i, (ARRAY['gold', 'silver', 'bronze'])[1 + floor(rnd(i, 'at') * 3)::int], 'City ' || floor(rnd(i, 'ac') * 40), 'State ' || floor(rnd(i, 'ac') * 40)::int / 5
  FROM generate_series(1, 900) i;
INSERT INTO contact SELECT i, a.id, f, l, lower(f || '.' || l) || '@example.com', a.city FROM (
  SELECT i, 1 + floor(rnd(i, 'ca') * 900)::int AS a, initcap(translate(substr(md5('f' || i % 700), 1, 4 + i % 4), '0123456789', 'klmnoprstu')) AS f,
    initcap(translate(substr(md5('l' || i), 1, 5 + i % 5), '0123456789', 'ghijvwyzou')) AS l FROM generate_series(1, 3000) i) c JOIN account a ON a.id = c.a;
INSERT INTO agent SELECT i, 'team ' || i % 6 FROM generate_series(1, 250) i;
INSERT INTO ticket SELECT i, c.id, c.account_id, CASE WHEN rnd(i, 'ka') < 0.75 THEN 1 + floor(rnd(c.id, 'kc') * 250)::int ELSE 1 + floor(rnd(i, 'kd') * 250)::int END,
    at, CASE WHEN rnd(i, 'kn') < 0.8 THEN at + rnd(i, 'kx') * interval '10 days' END, 1 + floor(rnd(i, 'kp') * 4)::int
  FROM (SELECT i, 1 + floor(rnd(i, 'kk') * 3000)::int AS k, timestamp '2021-01-01' + rnd(i, 'kt') * interval '700 days' AS at FROM generate_series(1, 12000) i) t JOIN contact c ON c.id = t.k;

-- More values than codes: 1,500 airports, each in one country, with a fare level of its own.
CREATE TABLE flight (id int PRIMARY KEY, airport text NOT NULL, country text NOT NULL, fare int NOT NULL);
INSERT INTO flight SELECT i, 'A' || lpad(a::text, 4, '0'), 'country ' || a % 60, 100 + (a / 60) % 5 * 100 + floor(rnd(i, 'gf') * 50)::int
  FROM (SELECT i, floor(rnd(i, 'ga') ^ 1.3 * 1500)::int AS a FROM generate_series(1, 40000) i) f;

-- Exactly one means of payment is there; a bonus is there only with a card.
CREATE TABLE payment (id int PRIMARY KEY, card_brand text, bank text, voucher int, bonus int, gross int NOT NULL, tax int NOT NULL, net int NOT NULL);
INSERT INTO payment SELECT i, CASE WHEN m = 0 THEN 'brand ' || i % 5 END, CASE WHEN m = 1 THEN 'bank ' || i % 9 END, CASE WHEN m = 2 THEN 10 * (1 + i % 7) END, CASE WHEN m = 0 AND i % 3 = 0 THEN i % 50 END, g, t, g - t
  FROM (SELECT i, floor(rnd(i, 'ym') * 3)::int AS m, 100 + floor(rnd(i, 'yg') * 9000)::int AS g, floor(rnd(i, 'yt') * 90)::int AS t FROM generate_series(1, 6000) i) y;
ANALYZE;
