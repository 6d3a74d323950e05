-- Every published figure of a frozen month, counted again from the journal, without the provider's code.
--   psql "$AUDIT_URL" -v month=2026-10 -f docs/figures.sql
-- One row for each figure: what is published, what the journal gives, and whether they agree. The role idp_audit may read
-- what stands here, and change nothing. What the figures mean: docs/figures.md. A figure that is zero has no row.
-- Of several freezes of a month the newest is counted: by what it had seen of the journal (its snapshot) and by its rules.
-- Left out are PART_LISTED, PART_UNKNOWN and UNI_STRICT: who stands in delivered lists is in bitmaps, which plain SQL cannot
-- read (`idp adoption verify --month` does). Freezes older than the definitions 2026-12.lists have no figures of systems.
WITH RECURSIVE
frozen AS (
    SELECT *, date_trunc('month', month_on)::date AS first_on FROM adoption_month
    WHERE to_char(month_on, 'YYYY-MM') = :'month' ORDER BY revision DESC LIMIT 1
),
span (window_name, since) AS (
    SELECT name, (first_on - make_interval(months => length - 1))::date
    FROM frozen, (VALUES ('months_12', 12), ('months_3', 3), ('months_1', 1)) AS of_length (name, length)
),
seen AS (  -- what the freeze had seen; the journal dates by instant, the figures by the country's day
    SELECT j.id, j.at, j.event, j.outcome, j.reason, j.subject_number, j.organization_number, j.relying_party_id, j.service_id,
        j.agency_id, j.tier, j.counted, j.data, (j.at AT TIME ZONE f.time_zone)::date AS day_on, f.month_on, f.first_on, j.acr = ANY (f.strong_acrs) AS is_strong
    FROM journal_entry j, frozen f
    WHERE pg_visible_in_snapshot(j.xact_id, f.snapshot::pg_snapshot) OR j.xact_id = f.xact_id
),

-- Places: what a code meant on a day, and what became of it -----------------------------------------------------------
called (code, valid_on, ended_on, later_code, later_on) AS (
    SELECT code, valid_on, ended_on, code, valid_on FROM place
    UNION ALL
    SELECT c.code, c.valid_on, c.ended_on, s.new_code, s.new_valid_on
    FROM called c JOIN place_succession s ON (s.old_code, s.old_valid_on) = (c.later_code, c.later_on)
),
place_in (dimension, code, valid_on, ended_on, now_code) AS (
    SELECT DISTINCT ON (code, valid_on) 'place', code, valid_on, ended_on, later_code FROM called ORDER BY code, valid_on, later_on DESC
),
place_of AS (
    SELECT * FROM place_in
    UNION ALL
    (SELECT DISTINCT ON (c.code, c.valid_on) 'place_then', c.code, c.valid_on, c.ended_on, c.later_code
     FROM called c, frozen f
     WHERE (c.later_on <= f.month_on OR (c.later_code, c.later_on) = (c.code, c.valid_on))
         AND EXISTS (SELECT FROM place_succession WHERE new_valid_on > f.month_on)
     ORDER BY c.code, c.valid_on, c.later_on DESC)
),

-- Facts, by the day on which they take effect --------------------------------------------------------------------------
fact AS (
    SELECT * FROM (
        SELECT *, CASE event
            WHEN 'representation.ended' THEN greatest(coalesce((data ->> 'ended_on')::date, day_on), (data ->> 'valid_on')::date)
            ELSE coalesce((data ->> 'valid_on')::date, day_on) END AS effect_on
        FROM seen
        WHERE counted AND outcome IS NULL AND event ~ '^(person|organization|representation)\.'
    ) AS dated
    WHERE effect_on <= month_on
),
person_status AS (
    SELECT DISTINCT ON (subject_number) subject_number,
        event = 'person.registered' OR data ->> 'status' IN ('active', 'suspended') AS is_live,
        CASE WHEN data ->> 'status' = 'merged' THEN (data ->> 'survivor')::bigint END AS survivor
    FROM fact WHERE event IN ('person.registered', 'person.status_changed')
    ORDER BY subject_number, effect_on DESC, at DESC, id DESC
),
person_proofing AS (
    SELECT DISTINCT ON (subject_number) subject_number, coalesce((data ->> 'proofing')::int, 0) AS proofing
    FROM fact WHERE event IN ('person.registered', 'person.proofed')
    ORDER BY subject_number, effect_on DESC, at DESC, id DESC
),
home AS (
    SELECT DISTINCT ON (subject_number) subject_number, data ->> 'place' AS code, effect_on
    FROM fact WHERE event IN ('person.registered', 'person.proofed', 'person.place_changed') AND data ? 'place'
    ORDER BY subject_number, effect_on DESC, at DESC, id DESC
),
person AS (
    SELECT s.subject_number AS number, coalesce(p.proofing, 0) AS proofing
    FROM person_status s LEFT JOIN person_proofing p USING (subject_number) WHERE s.is_live
),
stays (number, stays, steps) AS (  -- who was merged away counts as who stays
    SELECT subject_number, survivor, 1 FROM person_status WHERE survivor IS NOT NULL
    UNION ALL
    SELECT c.number, s.survivor, c.steps + 1
    FROM stays c JOIN person_status s ON s.subject_number = c.stays WHERE s.survivor IS NOT NULL AND c.steps < 100
),
trait AS (  -- year of birth and sex, each as it was told last
    SELECT subject_number, (array_agg((data ->> 'born')::int ORDER BY effect_on DESC, at DESC, id DESC) FILTER (WHERE data ? 'born'))[1] AS born,
        (array_agg(data ->> 'sex' ORDER BY effect_on DESC, at DESC, id DESC) FILTER (WHERE data ? 'sex'))[1] AS sex
    FROM fact WHERE event IN ('person.registered', 'person.proofed', 'person.place_changed') GROUP BY 1
),
band (age, youngest, oldest) AS (
    VALUES ('0-13', NULL, 13), ('14-17', 14, 17), ('18-29', 18, 29), ('30-44', 30, 44), ('45-59', 45, 59), ('60+', 60, NULL)
),
survivor AS (SELECT DISTINCT ON (number) number, stays FROM stays ORDER BY number, steps DESC),
person_in (dimension, code, number) AS (
    SELECT 'country', '', number FROM person
    UNION ALL
    SELECT d.dimension, coalesce(o.now_code, ''), p.number
    FROM person p CROSS JOIN (SELECT DISTINCT dimension FROM place_of) d
    LEFT JOIN home h ON h.subject_number = p.number
    LEFT JOIN place_of o ON o.dimension = d.dimension AND o.code = h.code
        AND o.valid_on <= h.effect_on AND (o.ended_on IS NULL OR h.effect_on < o.ended_on)
    UNION ALL
    SELECT of.dimension, coalesce(of.code, ''), p.number
    FROM person p CROSS JOIN frozen f LEFT JOIN trait t ON t.subject_number = p.number
    LEFT JOIN band b ON extract(year FROM f.month_on) - t.born BETWEEN coalesce(youngest, -200) AND coalesce(oldest, 400)
    CROSS JOIN LATERAL (VALUES ('age', b.age), ('sex', t.sex)) AS of (dimension, code)
),

-- Organizations ---------------------------------------------------------------------------------------------------------
org AS (
    SELECT DISTINCT ON (k.organization_number) k.organization_number AS number, k.data ->> 'kind' AS kind,
        k.data ->> 'place' AS code, k.effect_on
    FROM fact k WHERE k.event = 'organization.registered' ORDER BY k.organization_number, k.effect_on DESC, k.at DESC, k.id DESC
),
org_live AS (
    SELECT DISTINCT ON (organization_number) organization_number AS number, data ->> 'status' = 'active' AS is_live
    FROM fact WHERE event IN ('organization.registered', 'organization.status_changed')
    ORDER BY organization_number, effect_on DESC, at DESC, id DESC
),
period AS (
    SELECT DISTINCT ON (subject_number, organization_number, data ->> 'role', data ->> 'valid_on')
        subject_number, organization_number, data ->> 'role' = 'legal_representative' AS is_legal,
        event = 'representation.started' AS goes_on
    FROM fact WHERE event IN ('representation.started', 'representation.ended')
    ORDER BY subject_number, organization_number, data ->> 'role', data ->> 'valid_on', effect_on DESC, at DESC, id DESC
),
represented AS (  -- by whom: somebody with a live account, one proven face to face, a delegate
    SELECT organization_number AS number, bool_or(is_legal) AS has_account, bool_or(is_legal AND proofing >= 2) AS is_proven,
        bool_or(NOT is_legal) AS has_delegate
    FROM period JOIN person ON person.number = subject_number WHERE goes_on GROUP BY 1
),
org_in (dimension, code, kind, number, has_account, is_represented, has_delegate) AS (
    SELECT d.dimension, CASE WHEN d.dimension = 'country' THEN '' ELSE coalesce(o.now_code, '') END, org.kind, org.number,
        coalesce(r.has_account, false), coalesce(r.is_proven, false), coalesce(r.has_delegate, false)
    FROM org JOIN org_live USING (number) LEFT JOIN represented r USING (number)
    CROSS JOIN (SELECT 'country' AS dimension UNION SELECT dimension FROM place_of) d
    LEFT JOIN place_of o ON o.dimension = d.dimension AND o.code = org.code
        AND o.valid_on <= org.effect_on AND (o.ended_on IS NULL OR org.effect_on < o.ended_on)
    WHERE org_live.is_live AND org.kind <> 'branch'
),

-- Sign-ins ---------------------------------------------------------------------------------------------------------------
signin AS (
    SELECT s.*, outcome = 'success' AS is_success, outcome = 'success' AND is_strong IS TRUE AS strong,
        outcome = 'refused' AND reason IS NOT DISTINCT FROM 'unmet_authentication_requirements' AS is_for_level,
        coalesce(v.stays, s.subject_number) AS number
    FROM seen s LEFT JOIN survivor v ON v.number = s.subject_number
    WHERE s.counted AND s.outcome IS NOT NULL AND s.day_on <= s.month_on
),
did AS (
    SELECT window_name, number, bool_or(is_success) AS did_any, bool_or(strong) AS did_strong,
        bool_or(strong AND tier = 'central') AS did_central, bool_or(strong AND tier <> 'central') AS did_local,
        bool_or(is_for_level) AS was_for_level, bool_or(NOT is_success AND NOT is_for_level) AS has_tried
    FROM signin JOIN span ON day_on >= since WHERE number IS NOT NULL GROUP BY 1, 2
),
org_did AS (
    SELECT window_name, organization_number AS number, bool_or(is_success) AS did_any, bool_or(strong) AS did_strong,
        bool_or(strong AND tier = 'central') AS did_central, bool_or(strong AND tier <> 'central') AS did_local
    FROM signin JOIN span ON day_on >= since
    WHERE subject_number IS NOT NULL AND organization_number IS NOT NULL AND is_success GROUP BY 1, 2
),
above (id, top_id) AS (
    SELECT id, id FROM agency WHERE parent_id IS NULL
    UNION ALL
    SELECT a.id, t.top_id FROM agency a JOIN above t ON a.parent_id = t.id
),
ministry AS (SELECT t.id, t.top_id FROM above t JOIN agency a ON a.id = t.top_id WHERE a.tier = 'central'),
used AS (  -- who used what, at LoA2 or higher
    SELECT DISTINCT window_name, number, dimension, code
    FROM signin s JOIN span ON day_on >= since
    LEFT JOIN relying_party r ON r.id = s.relying_party_id LEFT JOIN ministry m ON m.id = s.agency_id
    CROSS JOIN LATERAL (VALUES
        ('agency', s.agency_id::text), ('ministry', m.top_id::text), ('service', s.service_id::text), ('method', s.data ->> 'method'),
        ('device', s.data ->> 'device_class'), ('language', s.data ->> 'language'),
        ('system', CASE WHEN s.relying_party_id IS NOT NULL THEN coalesce(r.system_id::text, '') END)
    ) AS of (dimension, code)
    WHERE s.strong AND s.number IS NOT NULL AND code IS NOT NULL AND (code <> '' OR dimension = 'system')
),
standing AS (  -- each registered person, in each window
    SELECT i.dimension, i.code, w.window_name, i.number, p.proofing, coalesce(d.did_any, false) AS did_any,
        coalesce(d.did_strong, false) AS did_strong, coalesce(d.did_central, false) AS did_central,
        coalesce(d.did_local, false) AS did_local, coalesce(d.was_for_level, false) AS was_for_level,
        coalesce(d.has_tried, false) AS has_tried
    FROM person_in i JOIN person p USING (number) CROSS JOIN span w LEFT JOIN did d USING (window_name, number)
),
funnel AS (
    SELECT *, CASE
        WHEN proofing < 1 THEN 'FUNNEL_1'
        WHEN did_strong AND did_central AND did_local THEN 'FUNNEL_6'
        WHEN did_strong AND did_central THEN 'FUNNEL_4'
        WHEN did_strong AND did_local THEN 'FUNNEL_5'
        WHEN did_strong THEN 'FUNNEL_3'
        WHEN did_any THEN 'FUNNEL_2D'
        WHEN has_tried THEN 'FUNNEL_2C'
        WHEN was_for_level THEN 'FUNNEL_2B'
        ELSE 'FUNNEL_2A' END AS state
    FROM standing
),
reuse AS (
    SELECT u.window_name, u.number, count(*) AS agencies FROM used u JOIN person p USING (number)
    WHERE u.dimension = 'agency' AND p.proofing >= 1 GROUP BY 1, 2
),

-- What they are a share of: the newest count that holds, of a place the sum of all its parts -----------------------------
counts AS (
    SELECT DISTINCT ON (kind, place, counted_on) kind, place, counted_on, value
    FROM (
        SELECT data ->> 'kind' AS kind, coalesce(data ->> 'place', '') AS place, (data ->> 'counted_on')::date AS counted_on,
            (data ->> 'value')::bigint AS value, at, id, month_on
        FROM seen WHERE event = 'denominator.set' AND coalesce((data ->> 'in_force_on')::date, month_on) <= month_on
    ) AS told
    WHERE counted_on <= month_on ORDER BY kind, place, counted_on, at DESC, id DESC
),
sums AS (
    SELECT 'country' AS dimension, '' AS code, kind, counted_on, value FROM counts WHERE place = ''
    UNION ALL
    SELECT o.dimension, o.now_code, d.kind, d.counted_on, CASE WHEN bool_and(c.value IS NOT NULL) THEN sum(c.value) END
    FROM (SELECT DISTINCT kind, counted_on FROM counts WHERE place <> '') d
    JOIN place_of o ON o.valid_on <= d.counted_on AND (o.ended_on IS NULL OR d.counted_on < o.ended_on)
    LEFT JOIN counts c ON (c.kind, c.counted_on, c.place) = (d.kind, d.counted_on, o.code)
    GROUP BY 1, 2, 3, 4
),
everyone AS (
    SELECT DISTINCT ON (dimension, code, kind) * FROM sums WHERE value IS NOT NULL ORDER BY dimension, code, kind, counted_on DESC
),

residents AS (  -- by age band and sex; of a band, or a sex, the sum of all its parts
    SELECT DISTINCT ON (age, sex, counted_on) age, sex, counted_on, value
    FROM (
        SELECT data ->> 'age' AS age, data ->> 'sex' AS sex, (data ->> 'counted_on')::date AS counted_on,
            (data ->> 'value')::bigint AS value, at, id, month_on
        FROM seen WHERE event = 'residents.counted'
    ) AS told
    WHERE counted_on <= month_on ORDER BY age, sex, counted_on, at DESC, id DESC
),
of_group AS (
    SELECT DISTINCT ON (dimension, code) dimension, code, value
    FROM (
        SELECT 'age' AS dimension, age AS code, counted_on, sum(value) AS value FROM residents GROUP BY 2, 3 HAVING count(*) = 2
        UNION ALL
        SELECT 'sex', sex, counted_on, sum(value) FROM residents GROUP BY 2, 3 HAVING count(*) = (SELECT count(*) FROM band)
    ) AS whole
    ORDER BY dimension, code, counted_on DESC
),

-- What people say of services: anonymous answers, added up as the month froze; none of fewer than 30 ------------------------
said AS (
    SELECT data -> 'rows' AS rows FROM seen
    WHERE event = 'satisfaction.counted' AND data ->> 'month' = :'month' ORDER BY at DESC, id DESC LIMIT 1
),
-- Systems, the lists they owe, what goes past this sign-in; and how long they wait -----------------------------------------
stated AS (
    SELECT data ->> 'system' AS system, data ->> 'agency' AS agency, data ->> 'tier' AS tier, data ->> 'login_state' AS login_state,
        (data ->> 'needs_sign_in')::boolean AS needs_sign_in, day_on, at, id
    FROM seen WHERE event = 'system.stated'
),
stands AS (SELECT DISTINCT ON (system) s.* FROM stated s, frozen WHERE day_on <= month_on ORDER BY system, at DESC, id DESC),
owed (month_on, nearest) AS (
    SELECT (first_on - make_interval(months => n) - interval '1 day')::date, n = 0 FROM frozen, generate_series(0, 10) AS n
),
owes AS (
    SELECT o.month_on, o.nearest, s.system, s.agency
    FROM owed o CROSS JOIN stands s
    CROSS JOIN LATERAL (
        SELECT needs_sign_in FROM stated t WHERE t.system = s.system AND t.day_on <= o.month_on ORDER BY at DESC, id DESC LIMIT 1
    ) AS at_end
    WHERE at_end.needs_sign_in
        AND EXISTS (SELECT FROM stated t WHERE t.system = s.system AND t.day_on <= date_trunc('month', o.month_on)::date)
),
listed AS (
    SELECT DISTINCT ON (l.system_id, l.month_on) l.system_id::text AS system, l.month_on, l.local_sign_ins,
        (l.delivered_at AT TIME ZONE f.time_zone)::date <= (date_trunc('month', l.month_on) + interval '1 month 9 days')::date AS on_time
    FROM delivered_list l, frozen f
    WHERE (pg_visible_in_snapshot(l.xact_id, f.snapshot::pg_snapshot) OR l.xact_id = f.xact_id) AND l.month_on <= f.month_on
    ORDER BY l.system_id, l.month_on, l.version DESC
),
due AS (
    SELECT o.*, l.system IS NOT NULL AS delivered, coalesce(l.on_time, false) AS on_time
    FROM owes o LEFT JOIN listed l USING (system, month_on)
),
successes AS (  -- of the month before, by system
    SELECT r.system_id::text AS system, count(*) AS successes
    FROM seen j JOIN relying_party r ON r.id = j.relying_party_id
    WHERE j.counted AND j.outcome = 'success' AND j.day_on < j.first_on
        AND j.day_on >= (j.first_on - interval '1 month')::date
    GROUP BY 1
),
leaks AS (
    SELECT l.system, s.agency, l.local_sign_ins, coalesce(n.successes, 0) AS successes
    FROM listed l JOIN stands s USING (system) JOIN owed o ON o.nearest AND o.month_on = l.month_on
    LEFT JOIN successes n USING (system)
),
told AS (
    SELECT r.system_id::text AS system, j.relying_party_id, j.day_on, j.at, j.id, j.event, j.data
    FROM seen j JOIN relying_party r ON r.id = j.relying_party_id
    WHERE j.event IN ('relying_party.created', 'relying_party.state_changed') AND j.day_on <= j.month_on AND r.system_id IS NOT NULL
),
application AS (  -- what became of applications, in order
    SELECT system, day_on, at, id, event,
        coalesce(data ->> 'state', data ->> 'to') = 'live'
            AND EXISTS (SELECT FROM told c WHERE c.event = 'relying_party.created' AND c.relying_party_id = t.relying_party_id
                AND c.data ->> 'environment' = 'production' AND (c.at, c.id) <= (t.at, t.id)) AS is_live
    FROM told t
),
live AS (SELECT DISTINCT ON (system) system, day_on, at, id FROM application WHERE is_live ORDER BY system, at, id),
wait AS (  -- asked for, and live
    SELECT DISTINCT ON (a.system) a.system, s.agency, a.day_on AS asked_on, l.day_on AS live_on
    FROM application a LEFT JOIN live l USING (system) LEFT JOIN stands s USING (system)
    WHERE a.event = 'relying_party.created' AND NOT a.is_live AND (l.at IS NULL OR (a.at, a.id) < (l.at, l.id))
    ORDER BY a.system, a.at, a.id
),
waited AS (
    SELECT of.dimension, of.code, asked_on, live_on, asked_on + 30 AS ends_on, since, month_on
    FROM wait CROSS JOIN frozen JOIN span ON window_name = 'months_12'
    CROSS JOIN LATERAL (VALUES ('country', ''), ('agency', agency)) AS of (dimension, code) WHERE of.code IS NOT NULL
),

counted (dimension, code, subject_kind, figure, window_name, value) AS (
    SELECT i.dimension, i.code, 'person', figure, 'at_day', count(*)
    FROM person_in i JOIN person p USING (number)
    CROSS JOIN LATERAL (VALUES ('REG', true), ('VER1', proofing >= 1), ('VER2', proofing >= 2)) AS of (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 4
    UNION ALL
    SELECT dimension, code, 'person', figure, window_name, count(*)
    FROM standing CROSS JOIN LATERAL (VALUES
        ('ACT', proofing >= 1 AND did_strong), ('UNI_USED', proofing >= 1 AND did_central AND did_local),
        ('PART', did_any), ('SUCCEEDED', did_any), ('BEGAN', did_any OR was_for_level OR has_tried)
    ) AS of (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 4, 5
    UNION ALL
    SELECT dimension, code, 'person', state, window_name, count(*)
    FROM funnel WHERE dimension = 'country' OR window_name = 'months_12' GROUP BY 1, 2, 4, 5
    UNION ALL
    SELECT 'country', '', 'person', 'REUSE_' || n, window_name, count(*)
    FROM reuse JOIN generate_series(2, 5) AS n ON agencies >= n GROUP BY 4, 5
    UNION ALL
    SELECT u.dimension, u.code, 'person', figure, u.window_name, count(*)
    FROM used u JOIN person p USING (number) JOIN did d USING (window_name, number)
    CROSS JOIN LATERAL (VALUES
        ('ACT', true),
        ('UNI_USED', u.window_name = 'months_12' AND u.dimension NOT IN ('method', 'device', 'language') AND d.did_central AND d.did_local)
    ) AS of (figure, is_in)
    WHERE is_in AND p.proofing >= 1 GROUP BY 1, 2, 4, 5
    UNION ALL
    SELECT dimension, code, kind, figure, 'at_day', count(*)
    FROM org_in CROSS JOIN LATERAL (VALUES
        ('REG', true), ('ACCOUNT', has_account), ('VER', is_represented), ('DELEGATED', has_delegate)
    ) AS of (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT dimension, code, kind, figure, window_name, count(*)
    FROM org_in JOIN org_did USING (number) CROSS JOIN LATERAL (VALUES
        ('ACT', is_represented AND did_strong), ('UNI_USED', did_central AND did_local), ('PART', did_any)
    ) AS of (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT i.dimension, i.code, i.kind, CASE
        WHEN d.did_central AND d.did_local THEN 'COMPANY_5'
        WHEN d.did_any THEN 'COMPANY_4'
        WHEN NOT i.has_account THEN 'COMPANY_1'
        WHEN NOT i.is_represented THEN 'COMPANY_2'
        WHEN i.has_delegate THEN 'COMPANY_3B'
        ELSE 'COMPANY_3A' END, w.window_name, count(*)
    FROM org_in i CROSS JOIN span w LEFT JOIN org_did d USING (window_name, number) GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT 'country', '', coalesce(data ->> 'kind', 'enterprise'), 'REGISTER_DISAGREES', window_name, count(*)
    FROM seen JOIN span ON (data ->> 'asked_on')::date BETWEEN since AND month_on
    WHERE event = 'representation.refused' GROUP BY 3, 5
    UNION ALL
    SELECT told ->> 0, told ->> 1, 'answer', figure, told ->> 2, value
    FROM said, jsonb_array_elements(rows) AS said_of (told)
    CROSS JOIN LATERAL (VALUES ('ANSWERS', (told ->> 3)::bigint), ('SATISFIED', (told ->> 4)::bigint)) AS of (figure, value)
    WHERE value > 0
    UNION ALL
    SELECT of.dimension, of.code, 'sign_in', figure, 'months_1', count(*)
    FROM signin s LEFT JOIN relying_party r ON r.id = s.relying_party_id LEFT JOIN ministry m ON m.id = s.agency_id
    CROSS JOIN LATERAL (VALUES
        ('country', ''), ('agency', coalesce(s.agency_id::text, '')), ('ministry', m.top_id::text),
        ('system', coalesce(r.system_id::text, '')), ('service', coalesce(s.service_id::text, '')),
        ('method', CASE WHEN is_success OR s.data ->> 'method' <> '' THEN coalesce(s.data ->> 'method', '') END),
        ('device', coalesce(s.data ->> 'device_class', '')), ('language', coalesce(s.data ->> 'language', ''))
    ) AS of (dimension, code)
    CROSS JOIN LATERAL (VALUES
        ('BEGUN', true), ('SUCCESS', is_success), ('ABANDONED', outcome = 'abandoned'), ('REFUSED_LEVEL', is_for_level),
        ('REFUSED', outcome = 'refused' AND NOT is_for_level),
        (trim('REASON ' || coalesce(reason, '')), outcome = 'refused' AND NOT is_for_level)
    ) AS ended (figure, is_in)
    WHERE is_in AND of.code IS NOT NULL AND s.day_on >= s.first_on GROUP BY 1, 2, 4
    UNION ALL
    SELECT dimension, code, CASE kind WHEN 'enterprises' THEN 'enterprise' ELSE 'person' END,
        CASE kind WHEN 'residents_14' THEN 'POP_14' ELSE 'POP' END, 'at_day', value
    FROM everyone
    UNION ALL
    SELECT dimension, code, 'person', 'POP', 'at_day', value FROM of_group
    UNION ALL
    SELECT of.dimension, of.code, 'system', figure, 'at_day', count(*)
    FROM stands CROSS JOIN LATERAL (VALUES ('country', ''), ('tier', tier), ('agency', agency)) AS of (dimension, code)
    CROSS JOIN LATERAL (VALUES ('SYSTEMS', true), ('SYSTEMS_EXCLUSIVE', login_state = 'exclusive')) AS it (figure, is_in)
    WHERE needs_sign_in AND is_in GROUP BY 1, 2, 4
    UNION ALL
    SELECT of.dimension, of.code, 'system', figure, window_name, count(*)
    FROM due CROSS JOIN LATERAL (VALUES ('country', ''), ('system', system), ('agency', agency)) AS of (dimension, code)
    CROSS JOIN LATERAL (VALUES
        ('LISTS_DUE', 'months_12', true), ('LISTS_DELIVERED', 'months_12', delivered), ('LISTS_ON_TIME', 'months_12', on_time),
        ('LISTS_DUE', 'month_before', nearest), ('LISTS_DELIVERED', 'month_before', nearest AND delivered)
    ) AS it (figure, window_name, is_in)
    WHERE is_in GROUP BY 1, 2, 4, 5
    UNION ALL
    SELECT 'country', '', 'system', figure, 'months_12', count(*)
    FROM (SELECT system, bool_and(delivered) AS is_complete FROM due GROUP BY system) AS each
    CROSS JOIN LATERAL (VALUES ('SYSTEMS_DUE', true), ('SYSTEMS_COMPLETE', is_complete)) AS it (figure, is_in)
    WHERE is_in GROUP BY 4
    UNION ALL
    SELECT of.dimension, of.code, 'sign_in', figure, 'month_before', sum(value)
    FROM leaks CROSS JOIN LATERAL (VALUES ('country', ''), ('system', system), ('agency', agency)) AS of (dimension, code)
    CROSS JOIN LATERAL (VALUES ('LOCAL', local_sign_ins), ('LEAK_OF', local_sign_ins + successes)) AS it (figure, value)
    GROUP BY 1, 2, 4 HAVING sum(value) > 0
    UNION ALL
    SELECT dimension, code, 'system', figure, 'months_12', count(*)
    FROM waited CROSS JOIN LATERAL (VALUES
        ('LIVE_DUE', ends_on BETWEEN since AND month_on),
        ('LIVE_IN_TIME', ends_on BETWEEN since AND month_on AND live_on <= ends_on), ('LIVE', live_on >= since)
    ) AS it (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 4
    UNION ALL
    SELECT dimension, code, 'system', 'LEAD_DAYS', 'months_12', percentile_disc(0.5) WITHIN GROUP (ORDER BY live_on - asked_on)
    FROM waited WHERE live_on >= since GROUP BY 1, 2 HAVING percentile_disc(0.5) WITHIN GROUP (ORDER BY live_on - asked_on) > 0
)
SELECT dimension, code, subject_kind, figure, window_name, p.value AS published, c.value AS counted,
    p.value IS NOT DISTINCT FROM c.value AS agrees
FROM (
    SELECT c.* FROM counted c, frozen
    WHERE (definitions_version >= '2026-12.lists' OR (subject_kind <> 'system' AND figure NOT IN ('LOCAL', 'LEAK_OF')))
        AND (definitions_version >= '2026-12.voices'
            OR figure !~ '^(ACCOUNT|DELEGATED|COMPANY_.*|REGISTER_DISAGREES|ANSWERS|SATISFIED)$')
        AND (definitions_version >= '2026-12.ways' OR dimension NOT IN ('device', 'language', 'age', 'sex'))
) c
FULL JOIN (
    SELECT s.* FROM adoption_slice s JOIN frozen f ON f.number = s.freeze_number
    WHERE figure NOT IN ('PART_LISTED', 'PART_UNKNOWN', 'UNI_STRICT')
) p
    USING (dimension, code, subject_kind, figure, window_name)
ORDER BY agrees, dimension, code, subject_kind, figure, window_name;
